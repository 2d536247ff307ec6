//! Packed values in the database.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::returns::rules::{IndicatorValue, pack};
use crate::returns::store::values_of;
use crate::store::Conn;
use crate::store::schema::{return_content as content, return_packed_values as packed};
use crate::store::sql::{self, Prepare};

/// Keeps the values of a content packed.
pub(in crate::returns) fn add(conn: &mut Conn, return_id: Id, content_no: i32, values: &[IndicatorValue]) -> Result<(), Refusal> {
    let row = (packed::return_id.eq(return_id), packed::content_no.eq(content_no), packed::packed.eq(pack(values)));
    on!(conn, c => diesel::insert_into(packed::table).values(row).execute(c))?;
    Ok(())
}

/// Packs the values of a content again, of which a text was taken out.
pub(in crate::returns) fn renew(conn: &mut Conn, return_id: Id, content_no: i32) -> Result<(), Refusal> {
    let bytes = pack(&values_of(conn, return_id, content_no)?);
    on!(conn, c => diesel::update(packed::table.find((return_id, content_no))).set(packed::packed.eq(&bytes)).execute(c))?;
    Ok(())
}

/// Some contents without packed values.
pub(super) fn unpacked(conn: &mut Conn, most: i64) -> Result<Vec<(Id, i32)>, Refusal> {
    let rows: Vec<(Id, i32)> = on!(conn, c => content::table
        .filter(not(exists(packed::table
            .filter(packed::return_id.eq(content::return_id)).filter(packed::content_no.eq(content::content_no)))))
        .order((content::return_id, content::content_no)).limit(most).select((content::return_id, content::content_no)).load(c))?;
    Ok(rows)
}

/// Some packed values after those of a content, in the order of the contents.
pub(super) fn after(conn: &mut Conn, after: Option<(Id, i32)>, most: i64) -> Result<Vec<(Id, i32, Vec<u8>)>, Refusal> {
    let (return_id, content_no) = after.unwrap_or((Id(uuid::Uuid::nil()), 0));
    let rows: Vec<(Id, i32, Vec<u8>)> = on!(conn, c => packed::table
        .filter(sql::after(packed::return_id, packed::content_no, return_id, content_no))
        .order((packed::return_id, packed::content_no)).limit(most)
        .select((packed::return_id, packed::content_no, packed::packed)).prepared().load(c))?;
    Ok(rows)
}
