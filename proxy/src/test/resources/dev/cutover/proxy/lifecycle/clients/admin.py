# Debian's python3-psycopg2 in the admin database. It begins a transaction by itself unless it is told not to.
import psycopg2

connection = psycopg2.connect("")
cursor = connection.cursor()
cursor.execute("SHOW TENANTS")
print([column.name for column in cursor.description][:2], [row[:2] for row in cursor.fetchall()])
connection.commit()
connection.rollback()
connection.autocommit = True
cursor.execute("SHOW VERSION")
print(len(cursor.fetchall()), cursor.statusmessage)
try:
    cursor.execute("SELECT 1")
except psycopg2.Error as error:
    print(error.pgcode)
cursor.execute("RELOAD")
print(cursor.fetchall())
connection.close()
