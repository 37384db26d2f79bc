// The pg package from npm in the admin database.
const { Client } = require("pg");

async function main() {
  const client = new Client();
  await client.connect();
  const tenants = await client.query("SHOW TENANTS");
  console.log(tenants.fields.slice(0, 2).map((field) => field.name), tenants.rows.map((row) => [row.tenant, row.database]));
  const named = { name: "version", text: "SHOW VERSION", values: [] };
  console.log((await client.query(named)).rows.length, (await client.query(named)).command);
  await client.query("BEGIN");
  await client.query("COMMIT");
  await client.query("SELECT 1").catch((error) => console.log(error.code));
  console.log((await client.query("RELOAD")).rows);
  await client.end();
}

main().catch((error) => {
  console.log(error);
  process.exit(1);
});
