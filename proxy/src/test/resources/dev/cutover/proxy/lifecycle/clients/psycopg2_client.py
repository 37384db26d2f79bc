# Debian's python3-psycopg2. What it prints must be the same with and without a proxy.
import io
import select
import threading

import psycopg2
import psycopg2.extensions
import psycopg2.extras

connection = psycopg2.connect("")
cursor = connection.cursor()
for turn in range(15):
    first = 2000 + turn * 10
    psycopg2.extras.execute_values(
        cursor, "INSERT INTO item VALUES %s", [(first + i, "p%d" % i) for i in range(5)])
    print(cursor.statusmessage, cursor.rowcount)
    connection.commit()
    cursor.copy_expert("COPY item FROM STDIN WITH (FORMAT csv)", io.StringIO("%d,copied\n" % (first + 7)))
    print(cursor.rowcount)
    connection.commit()
    named = connection.cursor("portal")
    named.itersize = 2
    named.execute("SELECT id, name FROM item WHERE id BETWEEN %s AND %s ORDER BY id", (first, first + 9))
    print([row for row in named])
    named.close()
    try:
        cursor.execute("INSERT INTO item VALUES (%s, 'twice')", (first,))
    except psycopg2.Error as error:
        print(error.pgcode, error.diag.severity, error.diag.message_detail)
    connection.rollback()
    out = io.StringIO()
    cursor.copy_expert("COPY (SELECT name FROM item WHERE id = %d) TO STDOUT" % first, out)
    print(out.getvalue().strip())
    cursor.execute("DELETE FROM item WHERE id BETWEEN %s AND %s", (first, first + 9))
    print(cursor.statusmessage)
    connection.commit()
cursor.execute("SELECT 1::int8, 2.5::numeric, ARRAY['a', NULL], '2020-02-29'::date, true, %s", ("ü",))
print(cursor.fetchall(), [column.type_code for column in cursor.description])
cursor.execute("SET LOCAL statement_timeout = 50")
try:
    cursor.execute("SELECT pg_sleep(30)")
except psycopg2.extensions.QueryCanceledError as error:
    print(error.pgcode)
connection.rollback()
threading.Timer(0.3, connection.cancel).start()
try:
    cursor.execute("SELECT pg_sleep(30)")
except psycopg2.extensions.QueryCanceledError as error:
    print(error.pgcode, error.diag.message_primary)
connection.rollback()
connection.set_session(isolation_level="SERIALIZABLE", readonly=True)
cursor.execute("SHOW transaction_isolation")
print(cursor.fetchall())
connection.rollback()
connection.set_session(isolation_level="DEFAULT", readonly=False, autocommit=True)
cursor.execute("LISTEN clients_psycopg")
cursor.execute("NOTIFY clients_psycopg, 'ping'")
while not connection.notifies:
    select.select([connection], [], [], 1)
    connection.poll()
heard = connection.notifies[0]
print(heard.channel, heard.payload, heard.pid == connection.info.backend_pid)
connection.close()
