import { refuse } from "../core/errors/refuse.js";

/*
 * The grammar of image references, as docker's own parser has it
 * (https://github.com/distribution/reference/blob/main/reference.go).
 */
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const host = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const component = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
const tag = "[\\w][\\w.-]{0,127}";
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const reference = new RegExp(`^(?:${host}/)?${component}(?:/${component})*(?::${tag})?(?:@${digest})?$`);

/**
 * Refuses what docker could never pull.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function checkImage(image: string | undefined): string {
  if (image === undefined || image.trim() === "") {
    throw refuse(
      "image",
      "the docker driver needs one",
      "Set image=, METAFLOW_NOMAD_DEFAULT_IMAGE or the site's default.",
    );
  }
  if (reference.test(image)) return image;
  throw refuse(
    `image ${JSON.stringify(image)}`,
    "it is not the name of an image",
    "Write [registry/]name[:tag][@digest] in lower case, e.g. python:3.12.",
  );
}
