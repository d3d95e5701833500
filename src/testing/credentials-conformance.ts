import assert from "node:assert/strict";
import type { CredentialsFactory } from "../core/contracts/plugin.js";
import type { Credentials } from "../core/contracts/credentials.js";
import type { JsonObject } from "../core/model/json.js";
import type { ConformanceCase } from "./conformance-jobs.js";

/** What the credentials cases try. */
export interface CredentialsSubject {
  readonly factory: CredentialsFactory;
  /** A site's `auth` that is of this kind, with its `credentials` in it. */
  readonly auth: JsonObject;
}

const never = (): AbortSignal => new AbortController().signal;

/** Cases that every kind of credentials passes; they get a token each, from wherever it comes. */
export const credentialsConformance: readonly ConformanceCase<CredentialsSubject>[] = [
  { name: "leaves alone what is not its kind", run: leavesAlone },
  { name: "gives a token that a header can carry", run: givesToken },
  { name: "never shows the token", run: hidesToken },
  { name: "says whether another try may do better", run: refreshes },
  { name: "ends a wait when its signal aborts", run: heedsSignal },
];

function leavesAlone({ factory }: CredentialsSubject): Promise<void> {
  assert.equal(factory({}), undefined, "it takes an `auth` that says nothing");
  return Promise.resolve();
}

async function givesToken(subject: CredentialsSubject): Promise<void> {
  const token = await made(subject).token(never());
  assert.match(token ?? "", /^[\x21-\x7e]+$/, "a token is text without spaces and ends of lines");
}

async function hidesToken(subject: CredentialsSubject): Promise<void> {
  const credentials = made(subject);
  const token = (await credentials.token(never())) ?? "";
  assert.ok(credentials.origin.length > 0, "its origin is empty");
  assert.ok(!credentials.origin.includes(token), "its origin shows the token");
  assert.ok(!JSON.stringify(credentials).includes(token), "whoever logs the credentials shows the token");
}

async function refreshes(subject: CredentialsSubject): Promise<void> {
  assert.equal(typeof (await made(subject).refresh(never())), "boolean");
}

/** A token that is at hand may be given all the same. */
async function heedsSignal(subject: CredentialsSubject): Promise<void> {
  const reason = new Error("nobody waits for it any more");
  const waiting = made(subject).token(AbortSignal.abort(reason));
  const ended = await waiting.then(
    (token) => typeof token === "string",
    (error: unknown) => error === reason || (error as Error).name === "AbortError",
  );
  assert.ok(ended, "it fails otherwise than by the signal's reason");
}

function made({ factory, auth }: CredentialsSubject): Credentials {
  const credentials = factory(auth);
  assert.ok(credentials !== undefined, "it does not take its own `auth`");
  return credentials;
}
