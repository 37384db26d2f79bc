// OpenFeature's own SDK for servers, with its provider for OFREP.
const { OpenFeature } = require("@openfeature/server-sdk");
const { OFREPProvider } = require("@openfeature/ofrep-provider");

async function main() {
  await OpenFeature.setProviderAndWait(new OFREPProvider({
    baseUrl: process.env.ADMIN,
    headers: [["Authorization", "Bearer " + process.env.TOKEN]],
  }));
  const client = OpenFeature.getClient();
  for (const [flag, context] of [
    ["new_checkout", { tenant: "acme" }],
    ["search", { targetingKey: "acme" }],
    ["search", { targetingKey: "somebody", tenant: "acme" }],
    ["unknown", { tenant: "acme" }],
    ["search", { tenant: "nope" }],
    ["search", {}],
  ]) {
    const found = await client.getBooleanDetails(flag, false, context);
    const { needs, version } = found.flagMetadata;
    console.log(flag, found.value, found.variant, found.reason, found.errorCode, needs, version);
  }
}

main().catch((error) => {
  console.log(error);
  process.exit(1);
});
