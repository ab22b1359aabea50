//! Lower case of all scripts on SQLite, whose own `LOWER` leaves `Ä` as it is: without it nobody found an „Äpfel“ by typing „äpfel“.

use libsqlite3_sys::{
    SQLITE_DETERMINISTIC, SQLITE_OK, SQLITE_TRANSIENT, SQLITE_UTF8, sqlite3_context, sqlite3_create_function_v2,
    sqlite3_result_null, sqlite3_result_text, sqlite3_value, sqlite3_value_bytes, sqlite3_value_text,
};
use sqlx::SqliteConnection;
use std::ffi::{CStr, c_int};
use std::ptr::null_mut;

/// What [`super::dialect::lower`] calls.
const NAME: &CStr = c"lower_case";

/// Gives a connection the function.
pub(super) async fn register(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let mut handle = connection.lock_handle().await?;
    let database = handle.as_raw_handle().as_ptr();
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    // SAFETY: the database is open and locked for this; the name ends with 0; the function keeps no state, so nothing is to be dropped.
    let code =
        unsafe { sqlite3_create_function_v2(database, NAME.as_ptr(), 1, flags, null_mut(), Some(lower_case), None, None, None) };
    if code == SQLITE_OK { Ok(()) } else { Err(sqlx::Error::Protocol(format!("SQLite took no function ({code})"))) }
}

unsafe extern "C" fn lower_case(context: *mut sqlite3_context, count: c_int, values: *mut *mut sqlite3_value) {
    debug_assert_eq!(count, 1, "it was registered with one argument");
    // SAFETY: SQLite passes one value, whose text and its length stay as they are until this returns, and copies what it is given.
    unsafe {
        let text = sqlite3_value_text(*values);
        if text.is_null() {
            return sqlite3_result_null(context);
        }
        let length = usize::try_from(sqlite3_value_bytes(*values)).unwrap_or(0);
        let text = String::from_utf8_lossy(std::slice::from_raw_parts(text, length));
        let lower = if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() };
        let length = c_int::try_from(lower.len()).unwrap_or(0);
        sqlite3_result_text(context, lower.as_ptr().cast(), length, SQLITE_TRANSIENT());
    }
}
