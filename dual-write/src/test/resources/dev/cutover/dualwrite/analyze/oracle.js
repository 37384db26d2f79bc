// Reads statements, a JSON string a line, and says of each by PostgreSQL's own parser what it is, a JSON object a line:
// null if it does not parse or is not one statement.
const {loadModule, parseSync} = require('libpg-query');
const readline = require('readline');

const WRITES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

function holds(tree, names) {
  if (tree === null || typeof tree !== 'object') {
    return false;
  }
  return Object.entries(tree).some(([name, child]) => names.includes(name) || holds(child, names));
}

/** EXPLAIN runs what it explains only with ANALYZE. */
function runs(kind, tree) {
  const analyze = kind === 'ExplainStmt' && (tree.options || []).find(option => option.DefElem.defname === 'analyze');
  return kind !== 'ExplainStmt' || Boolean(analyze) && !/false|off|"0"|:0/.test(JSON.stringify(analyze.DefElem.arg || 1));
}

function answer(text) {
  let statements;
  try {
    statements = parseSync(text).stmts;
  } catch (error) {
    return null;
  }
  if (!statements || statements.length !== 1) {
    return null;
  }
  const [kind, tree] = Object.entries(statements[0].stmt)[0];
  const relation = WRITES.includes(kind) ? tree.relation : {};
  return {
    kind,
    schema: relation.schemaname || null,
    table: relation.relname || null,
    innerWrite: runs(kind, tree) && holds(tree, WRITES)
  };
}

loadModule().then(() => {
  readline.createInterface({input: process.stdin})
      .on('line', line => process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + '\n'));
});
