# Debian's libdbd-pg-perl. What it prints must be the same with and without a proxy.
use strict;
use warnings;
use utf8;
use DBI;
use DBD::Pg ':async';
binmode STDOUT, ':encoding(UTF-8)';
$| = 1;

sub show { print join(' | ', map { !defined $_ ? 'undef' : ref $_ ? '[' . join(', ', map { ref $_ ? "@$_" : $_ } @$_) . ']' : $_ } @_), "\n"; }

my $db = DBI->connect('dbi:Pg:', undef, undef, { AutoCommit => 1, RaiseError => 1, PrintError => 0 });

sub failing {
    my ($what) = @_;
    eval { $what->(); 1 } and return show('no error');
    show($db->state, $db->errstr);
}

my $insert = $db->prepare('INSERT INTO item VALUES (?, ?)');
my $read = $db->prepare('SELECT id, name FROM item WHERE id BETWEEN ? AND ? ORDER BY id');
for my $turn (0 .. 14) {
    my $first = 6000 + $turn * 10;
    show($insert->execute($first + $_, "perl $_")) for 0 .. 4;
    $db->do('COPY item FROM STDIN');
    $db->pg_putcopydata(($first + 6) . "\tcopied\n");
    show($db->pg_putcopyend());
    $read->execute($first, $first + 9);
    show(@{ $read->fetchall_arrayref });
    $db->begin_work;
    $db->do("DECLARE portal CURSOR FOR SELECT id FROM item WHERE id >= $first ORDER BY id");
    show(@{ $db->selectall_arrayref('FETCH 2 FROM portal') }, @{ $db->selectall_arrayref('FETCH ALL FROM portal') });
    $db->pg_savepoint('s');
    failing(sub { $insert->execute($first, 'twice') });
    $db->pg_rollback_to('s');
    show($db->do('UPDATE item SET name = upper(name) WHERE id = ?', undef, $first));
    $db->commit;
    $db->do("COPY (SELECT name FROM item WHERE id >= $first ORDER BY id LIMIT 2) TO STDOUT");
    my $line;
    print $line while $db->pg_getcopydata($line) >= 0;
    show($db->ping, $db->do('DELETE FROM item WHERE id BETWEEN ? AND ?', undef, $first, $first + 9));
}
for my $wrong ('SELEC 1', 'SELECT nosuch', 'SELECT 1 / 0', 'INSERT INTO item VALUES (1, NULL)') {
    failing(sub { $db->do($wrong) });
    failing(sub { my $sth = $db->prepare($wrong); $sth->execute });
}
$db->do('SELECT pg_sleep(30)', { pg_async => PG_ASYNC });
select undef, undef, undef, 0.3;
show($db->pg_cancel);
show($db->selectrow_array(q{SELECT 1::int8, 2.5::numeric, true, 'ü'::text, NULL}));
$db->do('LISTEN clients_dbd');
$db->do(q{NOTIFY clients_dbd, 'ping'});
my $heard;
until ($heard = $db->pg_notifies) { select undef, undef, undef, 0.01 }
show($heard->[0], $heard->[2], $heard->[1] == $db->{pg_pid} ? 'own' : 'other');
$_->finish for $insert, $read;
undef $insert;
undef $read;
$db->disconnect;
