//! Whether the embedded database is still the file that was opened. On Unix SQLite goes on writing into a file that was
//! deleted or replaced: everything would look saved and be gone at the next start.

use super::{DbError, DbResult};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// The file of the embedded database, as it was when it was opened.
#[derive(Debug)]
pub struct DbFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl DbFile {
    /// The file as it is now.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), identity: fs::metadata(path).ok().as_ref().and_then(identity) }
    }

    /// One look at the folder, about a microsecond: cheap enough before every query.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the file is gone, or another one has its name.
    pub fn check(&self) -> DbResult<()> {
        match fs::metadata(&self.path) {
            Ok(found) if identity(&found) == self.identity => Ok(()),
            Ok(_) => Err(DbError::Unavailable(format!("{} was replaced; restart to open it", self.path.display()))),
            Err(error) => Err(DbError::Unavailable(format!("{}: {error}", self.path.display()))),
        }
    }
}

/// Device and number of a file; unknown on other systems than Unix, where open files cannot be deleted.
#[cfg(unix)]
fn identity(file: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_file: &Metadata) -> Option<(u64, u64)> {
    None
}
