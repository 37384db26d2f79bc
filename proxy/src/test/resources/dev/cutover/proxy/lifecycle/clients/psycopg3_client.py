# Debian's python3-psycopg with its defaults: it prepares a statement at its fifth execution, keeps 100 of them, and
# deallocates the oldest. What it prints must be the same with and without a proxy.
import threading

import psycopg
from psycopg import sql
from psycopg.rows import dict_row


def failure(error):
    return (error.sqlstate, error.diag.severity, error.diag.message_primary, error.diag.message_detail,
            error.diag.table_name, error.diag.constraint_name)


connection = psycopg.connect("")
cursor = connection.cursor()
for turn in range(15):
    first = 3000 + turn * 10
    cursor.executemany("INSERT INTO item VALUES (%s, %s)", [(first + i, "p%d" % i) for i in range(6)])
    print(cursor.statusmessage, cursor.rowcount)
    connection.commit()
    with cursor.copy("COPY item FROM STDIN") as copy:
        copy.write_row((first + 6, "copied"))
        copy.write_row((first + 7, "copied too"))
    print(cursor.rowcount)
    connection.commit()
    with connection.cursor("portal") as named:
        named.itersize = 2
        named.execute("SELECT id, name FROM item WHERE id BETWEEN %s AND %s ORDER BY id", (first, first + 9))
        print(named.fetchmany(3), [row for row in named])
    try:
        with connection.transaction():
            cursor.execute("UPDATE item SET name = upper(name) WHERE id = %s RETURNING name", (first,))
            print(cursor.fetchall())
            with connection.transaction():
                cursor.execute("INSERT INTO item VALUES (%s, 'twice')", (first,))
    except psycopg.Error as error:
        print(failure(error))
    connection.rollback()
    with cursor.copy("COPY (SELECT name FROM item WHERE id >= %s ORDER BY id LIMIT 3) TO STDOUT", (first,)) as copy:
        print([row for row in copy.rows()])
    with connection.pipeline():
        both = [connection.execute("SELECT %s::int + 1", (n,)) for n in range(3)]
        print([each.fetchone() for each in both])
    # More statements than the driver keeps, each run as often as makes it prepare them.
    for number in range(110 if turn % 5 == 0 else 12):
        for _ in range(6):
            cursor.execute(sql.SQL("SELECT id, {} FROM item WHERE id = %s").format(sql.Literal(number)), (first,))
    print(cursor.fetchall())
    print(connection.cursor(row_factory=dict_row, binary=True).execute(
        "SELECT id, name FROM item WHERE id = %b", (first + 7,)).fetchall())
    cursor.execute("DELETE FROM item WHERE id BETWEEN %s AND %s", (first, first + 9))
    print(cursor.statusmessage)
    connection.commit()
for wrong in ("SELEC 1", "SELECT nosuch", "SELECT 1 / 0", "INSERT INTO item VALUES (1, NULL)"):
    try:
        cursor.execute(wrong)
    except psycopg.Error as error:
        print(failure(error), error.diag.statement_position)
    connection.rollback()
threading.Timer(0.3, connection.cancel).start()
try:
    cursor.execute("SELECT pg_sleep(30)")
except psycopg.errors.QueryCanceled as error:
    print(failure(error))
connection.rollback()
print(connection.info.transaction_status, connection.info.parameter_status("standard_conforming_strings"))
connection.autocommit = True
heard = []
connection.add_notify_handler(heard.append)
connection.execute("LISTEN clients_psycopg3")
connection.execute("NOTIFY clients_psycopg3, 'ping'")
while not heard:
    connection.execute("SELECT 1")
print(heard[0].channel, heard[0].payload, heard[0].pid == connection.info.backend_pid)
connection.execute("UNLISTEN *")
print(connection.execute("SELECT 1::int8, 2.5::numeric, ARRAY['a', NULL], '2020-02-29'::date, %s", ("ü",)).fetchall())
connection.close()
