// The pg package from npm. What it prints must be the same with and without a proxy.
const { Client } = require("pg");

async function main() {
  const client = new Client();
  client.on("notice", (notice) => console.log("notice", notice.message, notice.code));
  await client.connect();
  for (let round = 0; round < 15; round++) {
    const id = 1000 + round;
    console.log((await client.query("INSERT INTO item VALUES ($1, $2) RETURNING *", [id, "n" + round])).rows);
    const named = { name: "by-id", text: "SELECT name FROM item WHERE id = $1", values: [id] };
    console.log((await client.query(named)).rows, (await client.query(named)).rowCount);
    await client.query("BEGIN");
    const updated = await client.query("UPDATE item SET name = name || '!' WHERE id = $1", [id]);
    console.log(updated.command, updated.rowCount);
    await client.query("SAVEPOINT s");
    await client.query("INSERT INTO item VALUES ($1, 'twice')", [id]).catch((error) => console.log(error.code, error.severity));
    await client.query("ROLLBACK TO s");
    await client.query("COMMIT");
    console.log((await Promise.all([1, 2, 3].map((n) => client.query("SELECT $1::int AS n", [n])))).map((r) => r.rows[0].n));
    console.log((await client.query("SELECT 1 AS a; SELECT 2 AS b")).map((r) => r.rows));
    await client.query("SELECT nosuch").catch((error) => console.log(error.code, error.position));
    console.log((await client.query("DELETE FROM item WHERE id = $1 RETURNING name", [id])).rows);
  }
  await client.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
  console.log((await client.query("SELECT 1::int8 AS i, 2.5::numeric AS n, '{1,2}'::int[] AS a, '{\"x\":1}'::jsonb AS j, NULL AS z")).rows);
  await client.query("BEGIN");
  await client.query("DECLARE portal CURSOR FOR SELECT n FROM generate_series(1, 5) AS n");
  console.log((await client.query("FETCH 2 FROM portal")).rows, (await client.query("FETCH ALL FROM portal")).rowCount);
  await client.query("COMMIT");
  setTimeout(() => new Client().cancel(client, client.activeQuery), 300);
  await client.query("SELECT pg_sleep(30)").catch((error) => console.log(error.code, error.message));
  const heard = new Promise((resolve) => client.on("notification", (n) => resolve([n.channel, n.payload, n.processId === client.processID])));
  await client.query("LISTEN clients_node");
  await client.query("NOTIFY clients_node, 'ping'");
  console.log(await heard);
  await client.end();
}

main().catch((error) => {
  console.log("failed", error.message);
  process.exit(1);
});
