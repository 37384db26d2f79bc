<?php
// PHP's PDO with pdo_pgsql. What it prints must be the same with and without a proxy.
function show(...$values): void {
    echo json_encode($values, JSON_UNESCAPED_UNICODE), "\n";
}

function failing(callable $what): void {
    try {
        $what();
        show('no error');
    } catch (PDOException $error) {
        show($error->errorInfo);
    }
}

$pdo = new PDO('pgsql:', getenv('PGUSER'), getenv('PGPASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$insert = $pdo->prepare('INSERT INTO item VALUES (?, ?)');
$read = $pdo->prepare('SELECT id, name FROM item WHERE id BETWEEN :low AND :high ORDER BY id');
for ($turn = 0; $turn < 15; $turn++) {
    $first = 5000 + $turn * 10;
    for ($i = 0; $i < 5; $i++) {
        $insert->execute([$first + $i, "php $i"]);
    }
    show($insert->rowCount(), $pdo->pgsqlCopyFromArray('item', [($first + 6) . "\tcopied", ($first + 7) . "\ttoo"]));
    $read->execute(['low' => $first, 'high' => $first + 9]);
    show($read->fetchAll(PDO::FETCH_NUM), $read->getColumnMeta(0)['native_type']);
    $pdo->beginTransaction();
    $scroll = $pdo->prepare("SELECT id FROM item WHERE id >= $first ORDER BY id", [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $scroll->execute();
    show($scroll->fetch(PDO::FETCH_NUM), $scroll->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST),
        $scroll->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR));
    $scroll = null;
    $pdo->exec('SAVEPOINT s');
    failing(fn() => $insert->execute([$first, 'twice']));
    $pdo->exec('ROLLBACK TO s');
    show($pdo->exec("UPDATE item SET name = upper(name) WHERE id = $first"));
    $pdo->commit();
    $pdo->beginTransaction();
    $large = $pdo->pgsqlLOBCreate();
    $stream = $pdo->pgsqlLOBOpen($large, 'w');
    fwrite($stream, 'large');
    $stream = null;
    show(stream_get_contents($pdo->pgsqlLOBOpen($large, 'r')));
    $pdo->pgsqlLOBUnlink($large);
    $pdo->rollBack();
    $deleted = $pdo->query("DELETE FROM item WHERE id BETWEEN $first AND $first + 9 RETURNING id")->fetchAll(PDO::FETCH_COLUMN);
    sort($deleted);
    show($deleted);
}
foreach (['SELEC 1', 'SELECT nosuch', 'SELECT 1 / 0', 'INSERT INTO item VALUES (1, NULL)'] as $wrong) {
    failing(fn() => $pdo->exec($wrong));
    failing(fn() => $pdo->prepare($wrong)->execute());
}
// PDO cannot send a cancel request.
$pdo->exec('SET statement_timeout = 100');
failing(fn() => $pdo->exec('SELECT pg_sleep(30)'));
$pdo->exec('RESET statement_timeout');
show($pdo->query("SELECT 1::int8, 2.5::numeric, true, 'ü'::text, NULL")->fetch(PDO::FETCH_NUM));
$pdo->exec('LISTEN clients_pdo');
$pdo->exec("NOTIFY clients_pdo, 'ping'");
$heard = $pdo->pgsqlGetNotify(PDO::FETCH_ASSOC, 10000);
show($heard['message'], $heard['payload'], $heard['pid'] === $pdo->pgsqlGetPid());
show($pdo->inTransaction());
