<#-- PostgreSQL's INSERT, UPDATE and DELETE, in the order of the manual's synopses. Added to Calcite's Parser.jj. -->

/** Where the next token begins, as an index into the parsed text; it has one line and no tabs. */
JAVACODE
int nextStart() {
    final Token next = getToken(1);
    return next.kind == EOF ? WriteOutline.END : next.beginColumn - 1;
}

/** A whole text that is one write. */
WriteOutline PostgresWrite() :
{
    final WriteOutline write = new WriteOutline();
}
{
    [ WithList() ]
    (
        PostgresInsert(write)
    |
        PostgresUpdate(write)
    |
        PostgresDelete(write)
    )
    [ PostgresReturning(write) ]
    <EOF>
    { return write; }
}

void PostgresInsert(WriteOutline write) :
{
}
{
    <INSERT> { write.insert(); }
    <INTO> PostgresTarget(write)
    [ <AS> PostgresTargetAlias(write) ]
    [ LOOKAHEAD( <LPAREN> SimpleIdentifier() )
        <LPAREN> PostgresColumn() ( <COMMA> PostgresColumn() )* <RPAREN>
    ]
    (
        <DEFAULT_> <VALUES>
    |
        OrderedQueryOrExpr(ExprContext.ACCEPT_QUERY)
    )
    [ PostgresOnConflict(write) ]
}

void PostgresOnConflict(WriteOutline write) :
{
}
{
    <ON> <CONFLICT>
    [
        <LPAREN> PostgresConflictItem() ( <COMMA> PostgresConflictItem() )* <RPAREN>
        [ <WHERE> Expression(ExprContext.ACCEPT_SUB_QUERY) ]
    |
        <ON> <CONSTRAINT> SimpleIdentifier()
    ]
    <DO>
    (
        <NOTHING>
    |
        <UPDATE> <SET> PostgresAssignments(write)
        [ <WHERE> Expression(ExprContext.ACCEPT_SUB_QUERY) ]
    )
}

/** An index column or expression, and perhaps its operator class. */
void PostgresConflictItem() :
{
}
{
    Expression(ExprContext.ACCEPT_SUB_QUERY) [ CompoundIdentifier() ]
}

void PostgresUpdate(WriteOutline write) :
{
}
{
    <UPDATE> { write.update(); }
    PostgresTarget(write)
    [ [ <AS> ] PostgresTargetAlias(write) ]
    <SET> PostgresAssignments(write)
    [ <FROM> FromClause() { write.joins(); } ]
    [ <WHERE> Expression(ExprContext.ACCEPT_SUB_QUERY) ]
}

void PostgresDelete(WriteOutline write) :
{
}
{
    <DELETE> { write.delete(); }
    <FROM> PostgresTarget(write)
    [ [ <AS> ] PostgresTargetAlias(write) ]
    [ <USING> FromClause() { write.joins(); } ]
    [ <WHERE> Expression(ExprContext.ACCEPT_SUB_QUERY) ]
}

void PostgresTarget(WriteOutline write) :
{
}
{
    { write.target(nextStart()); }
    CompoundTableIdentifier()
}

void PostgresTargetAlias(WriteOutline write) :
{
}
{
    { write.alias(nextStart()); }
    SimpleIdentifier()
}

void PostgresAssignments(WriteOutline write) :
{
}
{
    PostgresAssignment(write) ( <COMMA> PostgresAssignment(write) )*
}

/** {@code column = value}, or {@code (column, ...) = (value, ...)}. */
void PostgresAssignment(WriteOutline write) :
{
}
{
    (
        <LPAREN> PostgresAssignedColumn(write) ( <COMMA> PostgresAssignedColumn(write) )* <RPAREN>
    |
        PostgresAssignedColumn(write)
    )
    <EQ> Expression(ExprContext.ACCEPT_SUB_QUERY)
}

void PostgresAssignedColumn(WriteOutline write) :
{
}
{
    { write.assigned(nextStart()); }
    PostgresColumn()
}

/** A column, or a field or element of one, at any depth. */
void PostgresColumn() :
{
}
{
    CompoundIdentifier()
    (
        <LBRACKET> Expression(ExprContext.ACCEPT_SUB_QUERY) <RBRACKET>
    |
        <DOT> SimpleIdentifier()
    )*
}

void PostgresReturning(WriteOutline write) :
{
}
{
    { write.returning(nextStart()); }
    <RETURNING> PostgresReturningItem(write) ( <COMMA> PostgresReturningItem(write) )*
}

void PostgresReturningItem(WriteOutline write) :
{
}
{
    { write.itemFollows(getToken(0).beginColumn - 1); }
    SelectExpression()
    { write.itemEnd(nextStart()); }
    [ [ <AS> ] { write.itemAlias(nextStart()); } SimpleIdentifier() ]
}
