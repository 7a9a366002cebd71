import { unescape as decode } from "node:querystring";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import { GatewayError } from "../../errors.ts";
import { batchId } from "../cloud-event.ts";
import { redact, resolveSecret, type Secret } from "../secret.ts";
import {
  type HttpPostOptions,
  type HttpPresignOptions,
  type HttpSinkOptions,
  invalid,
  parseUrl,
  requireHeader,
} from "./http-options.ts";

/** Where one request goes, and what must not be seen of it. */
export interface Destination {
  readonly url: URL;
  readonly method: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must not be shown, whoever says them. */
  readonly secrets: readonly string[];
}

/** Says where the messages go; reads secrets anew each time. */
export type Locate = (
  messages: readonly GatewayMessage[],
  signal: AbortSignal,
) => Promise<Destination>;

/** @throws GatewayError `CONFIG_INVALID` for a url that does not fit the other options. */
export function locator(options: HttpSinkOptions): Locate {
  const { presign, url, token, password } = options;
  if (presign !== undefined && (url ?? token ?? password) !== undefined) {
    throw invalid("presign excludes url, token and password, got both");
  }
  if (options.presign !== undefined) return presigned(options);
  if (options.url !== undefined) return posted(options);
  throw invalid("url or presign must say where to send to, got neither");
}

function posted(options: HttpPostOptions): Locate {
  const { token, headers = {} } = options;
  const url = parseUrl(options.url);
  const login = takeLogin(url, options.password);
  if (login !== undefined && token !== undefined) {
    throw invalid("token and a user in the url exclude each other, got both");
  }
  if (options.tls !== undefined && url.protocol !== "https:") {
    throw invalid("tls needs a url that begins with https:");
  }
  const readAuthorization = async (): Promise<Authorization> => {
    if (login !== undefined) return basic(login.user, await resolveSecret(login.password));
    if (token === undefined) return { headers: {}, secrets: [] };
    const bearer = await resolveSecret(token);
    return { headers: { authorization: `Bearer ${bearer}` }, secrets: [bearer] };
  };

  return async () => {
    const own = await readHeaders(headers);
    const authorization = await readAuthorization();
    const secrets = [...authorization.secrets, ...Object.values(own), ...secretsIn(url)];
    return {
      url,
      method: "POST",
      headers: checked({ ...own, ...authorization.headers }),
      secrets: secrets.filter((secret) => secret.length > 1),
    };
  };
}

function presigned({ presign, headers = {} }: HttpPresignOptions): Locate {
  return async (messages, signal) => {
    const own = await readHeaders(headers);
    const ask = async (): Promise<Destination> => {
      const upload = { id: batchId(messages), signal };
      const signed = await presign(messages, upload);
      const url = parseUrl(signed.url);
      const all = { ...own, ...(await readHeaders(signed.headers ?? {})) };
      const secrets = [...Object.values(all), ...secretsIn(url)];
      return {
        url,
        method: signed.method ?? "PUT",
        headers: checked(all),
        secrets: secrets.filter((secret) => secret.length > 1),
      };
    };
    return await ask().catch((error: unknown) => {
      const reason = redact(error instanceof Error ? error.message : "", Object.values(own));
      // Without the cause: it may hold the request that presign has made, with its credentials.
      throw new GatewayError("SINK_UNREACHABLE", `presign gave no URL to upload to: ${reason}`, {
        retryable: true,
        hint: "Look at what presign does; the messages are kept and it is called again.",
      });
    });
  };
}

interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

interface Login {
  readonly user: string;
  readonly password: Secret;
}

/** Takes user and password out of the url: it must not show them in an error. */
function takeLogin(url: URL, password: Secret | undefined): Login | undefined {
  const [user, written] = [decode(url.username), decode(url.password)];
  if (password !== undefined && (user === "" || written !== "")) {
    throw invalid("password needs a url with a user and without a password");
  }
  url.username = "";
  url.password = "";
  return user === "" && written === "" ? undefined : { user, password: password ?? written };
}

function basic(user: string, password: string): Authorization {
  const login = Buffer.from(`${user}:${password}`).toString("base64");
  return { headers: { authorization: `Basic ${login}` }, secrets: [login, password] };
}

async function readHeaders(
  headers: Readonly<Record<string, Secret>>,
): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    read[name.toLowerCase()] = await resolveSecret(value);
  }
  return read;
}

function checked(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) requireHeader(name, value, true);
  return headers;
}

/** Web hooks have their secret in the path, presigned URLs in the query. */
function secretsIn(url: URL): readonly string[] {
  return [url.pathname + url.search, url.pathname, url.search, ...url.searchParams.values()];
}
