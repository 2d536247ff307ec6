//! SQL types with two faces, and the few expressions that Diesel lacks on one of the engines.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::ValidGrouping;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Integer, Nullable, SqlType, Text};
use diesel::sqlite::Sqlite;
use diesel::{AppearsOnTable, Expression, QueryResult, RunQueryDsl, SelectableExpression};
use uuid::Uuid;

use crate::kernel::{FinancialYear, Id, Moment, Pence, Quantity, Quarter, TextList};

diesel::define_sql_function! {
    /// A text in small letters.
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

/// A UUID: native on PostgreSQL, 16 bytes on SQLite.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct UuidSql;

/// A moment: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct MomentSql;

/// Microseconds between 1970 and 2000, where PostgreSQL begins to count.
const PG_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<UuidSql, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl ToSql<UuidSql, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<UuidSql, Sqlite> for Id {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.read_blob())?))
    }
}

impl FromSql<UuidSql, Pg> for Id {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<MomentSql, Sqlite> for Moment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl ToSql<MomentSql, Pg> for Moment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &self.micros().saturating_sub(PG_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<MomentSql, Sqlite> for Moment {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Self::from_micros(value.read_long()).ok_or_else(|| "a moment out of range".into())
    }
}

impl FromSql<MomentSql, Pg> for Moment {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        micros.checked_add(PG_EPOCH).and_then(Self::from_micros).ok_or_else(|| "a moment out of range".into())
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Pence
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Pence
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(value).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Quantity
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Quantity
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(value).map(Self)
    }
}

impl ToSql<Integer, Sqlite> for FinancialYear {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.first_calendar_year());
        Ok(IsNull::No)
    }
}

impl ToSql<Integer, Pg> for FinancialYear {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &self.first_calendar_year().to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<Integer, DB> for FinancialYear
where
    i32: FromSql<Integer, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Self::beginning(i32::from_sql(value)?).ok_or_else(|| "a financial year out of range".into())
    }
}

impl ToSql<Text, Sqlite> for Quarter {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Pg> for Quarter {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.to_string().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Quarter
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(value)?.parse().map_err(|message: String| message.into())
    }
}

impl ToSql<Text, Sqlite> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(self)?);
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Pg> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, self)?;
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<Text, DB> for TextList
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_str(&String::from_sql(value)?)?)
    }
}

/// `CAST(SUM(x) AS BIGINT)`: exact on both engines, where Diesel's own `sum` of a `BigInt` passes through floating point on SQLite.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct SumPence<E>(E);

impl<E, G> ValidGrouping<G> for SumPence<E> {
    type IsAggregate = diesel::expression::is_aggregate::Yes;
}

/// The exact sum of a column of pence; `NULL` over no rows.
pub const fn sum_pence<E>(of: E) -> SumPence<E> {
    SumPence(of)
}

impl<E: Expression> Expression for SumPence<E> {
    type SqlType = Nullable<BigInt>;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for SumPence<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for SumPence<E> {}

impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for SumPence<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("CAST(SUM(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS BIGINT)");
        Ok(())
    }
}

/// `(a, b) > (x, y)`: what a keyset page begins after.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct After<A, B, X, Y> {
    first: A,
    second: B,
    first_key: X,
    second_key: Y,
}

/// Rows that come after the key `(first_key, second_key)` in the order `(first, second)`.
pub fn after<A, B, TA, TB, X, Y>(first: A, second: B, first_key: X, second_key: Y) -> After<A, B, X::Expression, Y::Expression>
where
    A: Expression<SqlType = TA>,
    B: Expression<SqlType = TB>,
    TA: SqlType + diesel::expression::TypedExpressionType,
    TB: SqlType + diesel::expression::TypedExpressionType,
    X: diesel::expression::AsExpression<TA>,
    Y: diesel::expression::AsExpression<TB>,
{
    After { first, second, first_key: first_key.as_expression(), second_key: second_key.as_expression() }
}

impl<A: Expression, B: Expression, X: Expression, Y: Expression> Expression for After<A, B, X, Y> {
    type SqlType = diesel::sql_types::Bool;
}

impl<A, B, X, Y, QS> AppearsOnTable<QS> for After<A, B, X, Y>
where
    A: AppearsOnTable<QS>,
    B: AppearsOnTable<QS>,
    X: AppearsOnTable<QS>,
    Y: AppearsOnTable<QS>,
{
}

impl<A, B, X, Y, DB: Backend> QueryFragment<DB> for After<A, B, X, Y>
where
    A: QueryFragment<DB>,
    B: QueryFragment<DB>,
    X: QueryFragment<DB>,
    Y: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("((");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.second.walk_ast(out.reborrow())?;
        out.push_sql(") > (");
        self.first_key.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.second_key.walk_ast(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

/// A statement whose prepared form the connection keeps, by its text. Diesel prepares every `UPDATE` and every list of values anew, since
/// their texts may be many; where they are few, preparing once saves most of what a small statement costs.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<Q> {
    query: Q,
    is_kept: bool,
}

/// Keeps statements prepared, see [`Prepared`].
pub trait Prepare: Sized {
    /// Always: the text is the same at each call.
    fn prepared(self) -> Prepared<Self> {
        Prepared { query: self, is_kept: true }
    }

    /// Where one thing is asked about. On SQLite a longer list is another text at each length, and too many would be kept.
    fn prepared_for<T>(self, listed: &[T]) -> Prepared<Self> {
        Prepared { query: self, is_kept: listed.len() == 1 }
    }
}

impl<Q: QueryId> Prepare for Q {}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        if self.is_kept { Ok(true) } else { self.query.is_safe_to_cache_prepared(backend) }
    }
}
