# Debian's ruby-pg. What it prints must be the same with and without a proxy.
require 'pg'

$stdout.sync = true
connection = PG.connect

failing = lambda do |&what|
  what.call
  puts 'no error'
rescue PG::Error => error
  fields = [PG::PG_DIAG_SQLSTATE, PG::PG_DIAG_MESSAGE_PRIMARY, PG::PG_DIAG_MESSAGE_DETAIL, PG::PG_DIAG_CONSTRAINT_NAME,
            PG::PG_DIAG_STATEMENT_POSITION]
  p(error.result ? fields.map { |field| error.result.error_field(field) } : error.message)
end

connection.prepare('insert', 'INSERT INTO item VALUES ($1, $2)')
15.times do |turn|
  first = 7000 + turn * 10
  5.times { |i| p connection.exec_prepared('insert', [first + i, "ruby #{i}"]).cmd_tuples }
  connection.copy_data('COPY item FROM STDIN') { connection.put_copy_data("#{first + 6}\tcopied\n") }
  failing.call { connection.copy_data('COPY item FROM STDIN') { connection.put_copy_data("#{first}\ttwice\n") } }
  connection.transaction do
    connection.exec("DECLARE portal CURSOR FOR SELECT id, name FROM item WHERE id >= #{first} ORDER BY id")
    p connection.exec('FETCH 2 FROM portal').values, connection.exec('FETCH ALL FROM portal').values
    connection.exec('CLOSE portal')
  end
  failing.call do
    connection.transaction do
      p connection.exec_params('UPDATE item SET name = upper(name) WHERE id = $1 RETURNING name', [first]).values
      connection.exec_prepared('insert', [first, 'twice'])
    end
  end
  connection.send_query("SELECT id FROM item WHERE id >= #{first} ORDER BY id")
  connection.set_single_row_mode
  p connection.get_result.stream_each_row.to_a
  p connection.get_last_result&.cmd_tuples
  connection.enter_pipeline_mode
  3.times { |n| connection.send_query_params('SELECT $1::int + 1', [n]) }
  connection.send_query_params('SELECT 1 / $1::int', [0])
  connection.send_query_params('SELECT 2', [])
  connection.pipeline_sync
  statuses = []
  loop do
    result = connection.get_result
    next unless result
    statuses << [result.res_status(result.result_status), result.error_field(PG::PG_DIAG_SQLSTATE)]
    break if result.result_status == PG::PGRES_PIPELINE_SYNC
  end
  p statuses
  connection.exit_pipeline_mode
  connection.copy_data("COPY (SELECT name FROM item WHERE id >= #{first} ORDER BY id LIMIT 2) TO STDOUT") do
    while (row = connection.get_copy_data) do print row end
  end
  p connection.describe_prepared('insert').nparams
  p connection.exec("SELECT 1; DELETE FROM item WHERE id BETWEEN #{first} AND #{first + 9}").cmd_status
end
['SELEC 1', 'SELECT nosuch', 'SELECT 1 / 0', 'INSERT INTO item VALUES (1, NULL)'].each do |wrong|
  failing.call { connection.exec(wrong) }
  failing.call { connection.exec_params(wrong, []) }
end
failing.call { connection.exec_prepared('nosuch', []) }
failing.call { connection.prepare('insert', 'SELECT 1') }
connection.send_query('SELECT pg_sleep(30)')
sleep 0.3
p connection.cancel
failing.call { connection.get_last_result }
p connection.exec("SELECT 1::int8, 2.5::numeric, true, 'ü'::text, NULL").values, connection.transaction_status
connection.exec('LISTEN clients_ruby')
connection.exec("NOTIFY clients_ruby, 'ping'")
connection.wait_for_notify(10) { |channel, pid, payload| p [channel, payload, pid == connection.backend_pid] }
connection.finish
