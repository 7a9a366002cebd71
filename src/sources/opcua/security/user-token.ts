import type { EndpointDescription, UserIdentityInfo } from "node-opcua-client";
import { GatewayError } from "../../../errors.ts";
import type { NodeOpcua } from "../client/load-node-opcua.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import { readKeyPair } from "./certificate-store.ts";
import { type OpcuaUser, securityName, usesSha1 } from "./opcua-security.ts";

/** What a server wants to see of a user. */
type UserTokenPolicy = NonNullable<EndpointDescription["userIdentityTokens"]>[number];

/** As the protocol numbers them. */
const kinds = ["anonymous users", "name and password", "user certificates", "issued tokens"];
/** Best last. */
const strength = [
  "Basic128Rsa15",
  "Basic256",
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
];

/**
 * Chooses how to tell the server who the user is, and leaves the endpoint no other way: the library would take the server's word for how a
 * password may travel, and that may be in the open.
 *
 * @throws {@link GatewayError} `SOURCE_REJECTED` when the endpoint does not take such a user, or would make its secret readable.
 */
export function settleUserToken(target: OpcuaTarget, endpoint: EndpointDescription): void {
  const { user, mode, allowPlainPassword, allowSha1 } = target.security;
  const offered = endpoint.userIdentityTokens ?? [];
  const kind = kindOf(user);
  const fitting = offered.filter(({ tokenType }) => tokenType === kind);
  if (fitting.length === 0) throw notOffered(target, offered);

  const policyOf = (token: UserTokenPolicy): string =>
    nameOf(token.securityPolicyUri || endpoint.securityPolicyUri);
  const isSafe = (token: UserTokenPolicy): boolean => {
    if (user === undefined) return true;
    const policy = policyOf(token);
    if (usesSha1(policy)) return allowSha1;
    if (policy !== "None") return strength.includes(policy);
    return mode === "SignAndEncrypt" || allowPlainPassword;
  };
  const [best] = fitting
    .filter(isSafe)
    .toSorted((a, b) => strength.indexOf(policyOf(b)) - strength.indexOf(policyOf(a)));
  if (best === undefined) throw unsafe(target, fitting.map(policyOf));
  endpoint.userIdentityTokens = [best];
}

/** Whether the server's own certificate is what keeps the secret of the user. */
export function needsServerKey({
  security: { user, policy, allowPlainPassword },
}: OpcuaTarget): boolean {
  return policy === "None" && user !== undefined && !allowPlainPassword;
}

/** @throws {@link GatewayError} `FILE_UNREADABLE` for the files of a user certificate. */
export async function identityOf(
  library: NodeOpcua,
  user: OpcuaUser | undefined,
): Promise<UserIdentityInfo> {
  const { UserTokenType } = library;
  if (user === undefined) return { type: UserTokenType.Anonymous };
  if ("name" in user) {
    return { type: UserTokenType.UserName, userName: user.name, password: user.password };
  }
  const pair = await readKeyPair(user.certificateFile, user.privateKeyFile);
  return {
    type: UserTokenType.Certificate,
    certificateData: pair.certificate.raw,
    privateKey: String(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

function kindOf(user: OpcuaUser | undefined): number {
  if (user === undefined) return 0;
  return "name" in user ? 1 : 2;
}

function notOffered(target: OpcuaTarget, offered: readonly UserTokenPolicy[]): GatewayError {
  const { user } = target.security;
  const taken = [...new Set(offered.map(({ tokenType }) => kinds[tokenType]))].join(", ");
  return new GatewayError(
    "SOURCE_REJECTED",
    `opcua ${target.endpointUrl}: the server does not take ${kinds[kindOf(user)]} with ${securityName(target.security)}, only ${taken || "nobody"}`,
    { hint: "Set user to what the server takes, or allow this kind of user in the server." },
  );
}

function unsafe(target: OpcuaTarget, policies: readonly string[]): GatewayError {
  return new GatewayError(
    "SOURCE_REJECTED",
    `opcua ${target.endpointUrl}: with ${securityName(target.security)} the server wants the user's secret under ${[...new Set(policies)].join(" or ")}, which does not protect it; nothing was sent`,
    {
      hint: "Choose securityMode SignAndEncrypt, or have the server encrypt passwords on this endpoint.",
    },
  );
}

/** `http://opcfoundation.org/UA/SecurityPolicy#None` -> `None` */
export function nameOf(policyUri: string | null): string {
  return (policyUri ?? "").replace(/^.*#/, "") || "None";
}
