/** Certificate checks of OpenSSL that Node reports by these codes. Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const reasons = new Map([
  ["UNABLE_TO_GET_ISSUER_CERT", "the CA of its certificate is not known; set tls.ca"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "the CA of its certificate is not known; set tls.ca"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "the CA of its certificate is not known; set tls.ca"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "the CA of its certificate is not known; set tls.ca"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is self-signed; name it in tls.ca"],
  ["CERT_SIGNATURE_FAILURE", "its certificate is not signed by the CA in tls.ca"],
  ["CERT_UNTRUSTED", "its CA is not trusted; set tls.ca"],
  ["CERT_REJECTED", "its CA is not meant for servers"],
  ["INVALID_CA", "its CA certificate is not valid"],
  ["INVALID_PURPOSE", "its certificate is not meant for servers"],
  ["CERT_CHAIN_TOO_LONG", "its chain of certificates is too long"],
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["CERT_NOT_YET_VALID", "its certificate is not valid yet"],
  ["CERT_REVOKED", "its certificate was revoked"],
]);

/** Whether a code of Node's is about TLS. */
export function isTlsCode(code: string): boolean {
  return reasons.has(code) || /^ERR_(TLS|SSL|OSSL)_/.test(code);
}

/** Says what a TLS failure was about, and which setting. */
export function tlsReason(code: string, message: string): string {
  const known = reasons.get(code);
  if (known !== undefined) return `${known} (${code})`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is for another name; set tls.serverName (${message})`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code))
    return `no TLS is spoken there; use http:// (${code})`;
  if (code.includes("CERTIFICATE_REQUIRED")) return `it wants a client certificate; set tls.cert and tls.key (${code})`;
  if (/ALERT_.*CERTIFICATE_EXPIRED/.test(code)) return `the client certificate in tls.cert has expired (${code})`;
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA|DECRYPT_ERROR)/.test(code))
    return `it refuses the client certificate in tls.cert (${code})`;
  if (code.includes("HANDSHAKE_FAILURE"))
    return `it refuses the handshake; it may want a client certificate, tls.cert and tls.key (${code})`;
  if (/^ERR_OSSL_|KEY_VALUES_MISMATCH|PEM/.test(code))
    return `tls.ca, tls.cert or tls.key is not usable: ${opensslText(message)} (${code})`;
  return `${opensslText(message)} (${code})`;
}

/** OpenSSL's own words without its addresses and file names. */
function opensslText(message: string): string {
  return /:([^:]+):[^:]*\.c:\d+/.exec(message)?.[1] ?? message;
}
