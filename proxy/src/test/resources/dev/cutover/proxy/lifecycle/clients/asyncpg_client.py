# Debian's python3-asyncpg: named statements for all, binary values, portals, its reset at the end of a loan from its pool.
# What it prints must be the same with and without a proxy.
import asyncio
import os

import asyncpg


# The driver does not read PGOPTIONS.
SETTINGS = {"options": os.environ["PGOPTIONS"]} if "PGOPTIONS" in os.environ else {}


async def failing(what):
    try:
        await what
        print("no error")
    except asyncpg.PostgresError as error:
        print(error.sqlstate, error.message, error.detail, error.constraint_name)


async def turn(connection, first):
    await connection.executemany("INSERT INTO item VALUES ($1, $2)", [(first + i, "a%d" % i) for i in range(6)])
    print(await connection.copy_records_to_table("item", records=[(first + 6, "copied"), (first + 7, "too")]))
    async with connection.transaction():
        print([tuple(row) async for row in connection.cursor(
            "SELECT id, name FROM item WHERE id BETWEEN $1 AND $2 ORDER BY id", first, first + 9, prefetch=2)])
        portal = await connection.cursor("SELECT id FROM item WHERE id >= $1 ORDER BY id", first)
        print(await portal.fetch(2), await portal.forward(1), await portal.fetchrow())
    async with connection.transaction():
        print(await connection.execute("UPDATE item SET name = upper(name) WHERE id = $1", first))
        try:
            async with connection.transaction():
                await connection.execute("INSERT INTO item VALUES ($1, 'twice')", first)
        except asyncpg.UniqueViolationError as error:
            print(error.sqlstate, error.detail)
    await failing(connection.fetch("SELECT * FROM item WHERE id = $1 / 0", first))
    read = await connection.prepare("SELECT name FROM item WHERE id = $1")
    print(read.get_parameters(), read.get_attributes(), await read.fetchval(first), await read.fetchval(first + 7))
    print(await connection.execute("SELECT 1; DELETE FROM item WHERE id = %d" % first))
    print(sorted(await connection.fetch(
        "DELETE FROM item WHERE id BETWEEN $1 AND $2 RETURNING id", first, first + 9)))


async def main():
    async with asyncpg.create_pool("postgresql://", server_settings=SETTINGS, min_size=1, max_size=2) as pool:
        for number in range(15):
            async with pool.acquire() as connection:
                await turn(connection, 4000 + number * 10)
    connection = await asyncpg.connect("postgresql://", server_settings=SETTINGS)
    await failing(connection.fetch("SELEC 1"))
    await failing(connection.execute("INSERT INTO item VALUES (1, NULL)"))
    try:
        await connection.execute("SELECT pg_sleep(30)", timeout=0.3)
    except asyncio.TimeoutError:
        print("cancelled")
    print(await connection.fetchrow(
        "SELECT 1::int8, 2.5::numeric, ARRAY['a', NULL], '2020-02-29'::date, true, $1::text", "ü"))
    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener("clients_asyncpg", lambda *event: heard.set_result(event[1:]))
    await connection.execute("NOTIFY clients_asyncpg, 'ping'")
    pid, channel, payload = await heard
    print(channel, payload, pid == connection.get_server_pid())
    await connection.reset()
    await connection.close()


asyncio.run(main())
