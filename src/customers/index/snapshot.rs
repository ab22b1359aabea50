//! The index in a file, so that a restart need not read all customers.
//!
//! The file is a series of parts, each after its length and checksum; a file that is damaged, of another database, of another
//! format or of a future of the log that the database does not know is passed over, and the index is loaded anew.
//! Nothing needs the file to reach the disk: it may be lost.
//!
//! Saving holds the lock for a part at a time, so customers may change meanwhile. Their slots are written at the end: what
//! the file says of them is taken out of the orders when it is read, and the log, which is followed from where it stood
//! when the saving began, brings them as they are.

use super::bitset::Bitset;
use super::bytes::{Input, put, put_bytes, put_length, put_u32s, put_words};
use super::column::Piece;
use super::data::{CODED, Data, FLAGS, NUMBERS, Place};
use super::follow::{IndexHandle, Shared};
use super::keys::Keys;
use super::log::Log;
use super::members::Memberships;
use super::order::Order;
use super::text::TextSegment;
use super::{CustomerIndex, ORDERED, SEGMENT};
use crate::args;
use crate::base::{BranchId, GroupId, TagId};
use crate::server::{Db, DbResult, Query};
use parking_lot::Mutex;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes of the file; the number counts its formats.
const MAGIC: &[u8; 18] = b"clientele index 2\n";
/// Words of a bitset in a segment.
const WORDS: usize = SEGMENT / 64;
/// Longer than any part: an order of as many customers as there may be ids.
const MAX_PART: usize = 512 << 20;

impl IndexHandle {
    /// Saves the index if it changed since it was saved. What fails is logged.
    pub async fn save(&self, db: &Db, file: &Path) {
        if !self.is_ready() {
            return;
        }
        let position = {
            let mut follower = self.0.follower.lock().await;
            if !std::mem::take(&mut follower.unsaved) {
                return;
            }
            self.0.index.write().begin_saving();
            follower.log.position()
        };
        let saved = match identity(db).await {
            Ok(identity) => self.save_as(file, identity, position).await,
            Err(error) => Err(io::Error::other(error)),
        };
        self.0.index.write().end_saving();
        if let Err(error) = saved {
            self.0.follower.lock().await.unsaved = true;
            tracing::warn!(%error, file = %file.display(), "the customer index could not be saved");
        }
    }

    async fn save_as(&self, file: &Path, identity: String, position: i64) -> io::Result<()> {
        let (shared, file) = (Arc::clone(&self.0), file.to_owned());
        tokio::task::spawn_blocking(move || write(&shared, &file, &identity, position)).await.map_err(io::Error::other)?
    }

    /// Takes the index saved in `file` and follows the log from there; whether there was a good one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn restore(&self, db: &Db, file: &Path) -> DbResult<bool> {
        let mut follower = self.0.follower.lock().await;
        let (identity, path) = (identity(db).await?, file.to_owned());
        let reading = tokio::task::spawn_blocking(move || read(&path, &identity)).await.map_err(io::Error::other);
        let (index, log) = match reading.flatten() {
            Ok((index, position)) => (index, Log::from_position(position)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                tracing::warn!(%error, file = %file.display(), "the saved customer index is not used");
                return Ok(false);
            }
        };
        if log.begin(db).await?.is_none() {
            tracing::warn!(file = %file.display(), "the saved customer index is newer than the database and not used");
            return Ok(false);
        }
        self.begin(db, &mut follower, index, log).await?;
        Ok(true)
    }
}

/// Which database this is: a random text that its migrations put into it, and on PostgreSQL what a dump does not carry over,
/// so that a restored state is not taken for the one that was saved.
async fn identity(db: &Db) -> DbResult<String> {
    let sql = if db.is_postgres() {
        "SELECT value || ' ' || CAST(CAST('change_log' AS REGCLASS) AS OID) || ' ' ||
                (SELECT oid FROM pg_database WHERE datname = current_database())
         FROM settings WHERE key = 'database.identity'"
    } else {
        "SELECT value FROM settings WHERE key = 'database.identity'"
    };
    let row: Option<(String,)> = db.optional(sql, args![]).await?;
    Ok(row.map(|row| row.0).unwrap_or_default())
}

fn write(shared: &Shared, file: &Path, identity: &str, position: i64) -> io::Result<()> {
    let unfinished: PathBuf = file.with_extension("unfinished");
    let mut out = Writer::create(&unfinished)?;
    let segments = shared.index.read().data.segments;
    out.part(|part| {
        put_bytes(part, identity.as_bytes());
        put(part, position);
        put_length(part, segments);
    })?;
    for segment in 0..segments {
        out.part(|part| shared.index.read().data.save_segment(segment, part))?;
    }
    for at in 0..ORDERED.len() {
        out.part(|part| put_u32s(part, &shared.index.read().orders.get(at).map(Order::slots).unwrap_or_default()))?;
    }
    // After the segments, since the values of their codes may have come meanwhile.
    out.part(|part| shared.index.read().data.save_sets(part))?;
    out.part(|part| put_u32s(part, &shared.index.read().changed_while_saved()))?;
    out.file.flush()?;
    drop(out);
    std::fs::rename(unfinished, file)
}

fn read(file: &Path, identity: &str) -> io::Result<(CustomerIndex, i64)> {
    let mut reader = Reader::open(file)?;
    let head = reader.part()?;
    let mut input = Input(&head);
    let head = (|| Some((input.text()?, input.number()?, input.length()?)))();
    let (of, position, segments) = head.ok_or_else(damaged)?;
    if of != identity {
        return Err(io::Error::other("it is of another database"));
    }
    let mut index = CustomerIndex::new();
    for segment in read_segments(&mut reader, segments)? {
        index.data.push_segment(segment);
    }
    let orders: Vec<Vec<u32>> = ORDERED.iter().map(|_| reader.slots()).collect::<io::Result<_>>()?;
    index.data.restore_sets(&mut Input(&reader.part()?)).ok_or_else(damaged)?;
    index.restore_orders(orders, &reader.slots()?);
    Ok((index, position))
}

/// Reads the parts one after the other, and makes segments of them on as many threads as there are processors.
fn read_segments(reader: &mut Reader, count: usize) -> io::Result<Vec<Segment>> {
    let parts = Mutex::new((0..count).map(|at| (at, reader.part())));
    let made = Mutex::new(Vec::new());
    let work = || loop {
        // The guard is dropped before the segment is made.
        let Some((at, part)) = parts.lock().next() else { return };
        let segment = part.and_then(|part| Segment::restore(&mut Input(&part)).ok_or_else(damaged));
        made.lock().push((at, segment));
    };
    std::thread::scope(|scope| {
        for _ in 1..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
    let mut made = made.into_inner();
    made.sort_unstable_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, segment)| segment).collect()
}

/// One segment of all columns, as it lies in the file.
pub(super) struct Segment {
    present: Vec<u64>,
    flags: Vec<Vec<u64>>,
    numbers: Vec<Piece>,
    codes: Vec<Piece>,
    text: TextSegment,
}

impl Segment {
    fn restore(input: &mut Input) -> Option<Self> {
        Some(Self {
            present: input.words(WORDS)?,
            flags: (0..FLAGS).map(|_| input.words(WORDS)).collect::<Option<_>>()?,
            numbers: (0..NUMBERS).map(|_| Piece::restore(input)).collect::<Option<_>>()?,
            codes: (0..CODED).map(|_| Piece::restore(input)).collect::<Option<_>>()?,
            text: TextSegment::restore(input)?,
        })
    }
}

impl Data {
    fn save_segment(&self, segment: usize, out: &mut Vec<u8>) {
        let words = segment * WORDS..(segment + 1) * WORDS;
        put_words(out, &self.present.words()[words.clone()]);
        self.flags.iter().for_each(|flag| put_words(out, &flag.words()[words.clone()]));
        self.numbers.iter().for_each(|column| column.save_segment(segment, out));
        self.codes().into_iter().for_each(|codes| codes.save_segment(segment, out));
        self.texts.save_segment(segment, out);
    }

    fn push_segment(&mut self, segment: Segment) {
        self.segments += 1;
        self.present.extend(&segment.present);
        self.flags.iter_mut().zip(&segment.flags).for_each(|(flag, words)| flag.extend(words));
        self.numbers.iter_mut().zip(segment.numbers).for_each(|(column, piece)| column.push_segment(piece));
        self.codes_mut().into_iter().zip(segment.codes).for_each(|(codes, piece)| codes.push_segment(piece));
        self.texts.push_segment(segment.text);
    }

    /// What is not in segments: tags, groups, and the values of codes.
    fn save_sets(&self, out: &mut Vec<u8>) {
        self.tags.save(|tag| tag.0, out);
        self.groups.save(|group| group.0, out);
        put_length(out, self.places.values().len());
        for place in self.places.values() {
            for text in [&place.country, &place.region_key, &place.city_key, &place.location_key] {
                put_bytes(out, text.as_bytes());
            }
        }
        put_length(out, self.sources.values().len());
        self.sources.values().for_each(|source| put_bytes(out, source.as_bytes()));
        put_length(out, self.branches.values().len());
        self.branches.values().for_each(|branch| put(out, branch.map_or(0, |branch| branch.0)));
        put_length(out, self.pricing_groups.values().len());
        self.pricing_groups.values().for_each(|group| put(out, group.0));
        // The first one is always there.
        put_length(out, self.domains.0.values().len() - 1);
        self.domains.0.values().skip(1).for_each(|domain| put_bytes(out, domain.as_bytes()));
    }

    fn restore_sets(&mut self, input: &mut Input) -> Option<()> {
        self.tags = Memberships::<TagId>::restore(input)?;
        self.groups = Memberships::<GroupId>::restore(input)?;
        for _ in 0..input.length()? {
            let (country, region_key) = (input.text()?, input.text()?);
            self.places.add(Place { country, region_key, city_key: input.text()?, location_key: input.text()? });
        }
        for _ in 0..input.length()? {
            self.sources.add(input.text()?);
        }
        for _ in 0..input.length()? {
            self.branches.add(Some(input.number()?).filter(|id| *id != 0).map(BranchId));
        }
        for _ in 0..input.length()? {
            self.pricing_groups.add(GroupId(input.number()?));
        }
        for _ in 0..input.length()? {
            self.domains.0.add(input.text()?);
        }
        Some(())
    }
}

impl CustomerIndex {
    fn begin_saving(&mut self) {
        self.changed_while_saved = Some(Default::default());
    }

    fn end_saving(&mut self) {
        self.changed_while_saved = None;
    }

    fn changed_while_saved(&self) -> Vec<u32> {
        self.changed_while_saved.iter().flatten().copied().collect()
    }

    /// Takes the orders, with the slots in `changed` put where the columns say.
    fn restore_orders(&mut self, orders: Vec<Vec<u32>>, changed: &[u32]) {
        // Somebody added while it was saved: in the sets, which are written last, and not in the columns.
        let added: Vec<u32> = changed.iter().copied().filter(|slot| !self.data.present.contains(*slot)).collect();
        added.into_iter().for_each(|slot| self.data.erase(slot));
        let mut moved = Bitset::with_words(self.data.words());
        changed.iter().for_each(|slot| moved.insert(*slot));
        let known = |slot: &u32| self.data.present.contains(*slot) && !moved.contains(*slot);
        let restore = |(mut slots, column): (Vec<u32>, _)| {
            slots.retain(known);
            let mut order = Order::from_sorted(&slots);
            let keys = Keys::new(&self.data, None, column);
            changed.iter().filter(|slot| self.data.present.contains(**slot)).for_each(|slot| order.insert(&keys, *slot));
            order
        };
        self.orders = orders.into_iter().zip(ORDERED).map(restore).collect();
    }
}

struct Writer {
    file: BufWriter<File>,
    buffer: Vec<u8>,
}

impl Writer {
    /// Only the owner may read the file: it holds names and addresses.
    fn create(path: &Path) -> io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = BufWriter::new(options.open(path)?);
        file.write_all(MAGIC)?;
        Ok(Self { file, buffer: Vec::new() })
    }

    fn part(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.buffer.clear();
        fill(&mut self.buffer);
        self.file.write_all(&(self.buffer.len() as u64).to_le_bytes())?;
        self.file.write_all(&checksum(&self.buffer).to_le_bytes())?;
        self.file.write_all(&self.buffer)
    }
}

struct Reader(BufReader<File>);

impl Reader {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        if magic == *MAGIC { Ok(Self(file)) } else { Err(io::Error::other("it is of another format")) }
    }

    fn part(&mut self) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.number()?).ok().filter(|length| *length <= MAX_PART).ok_or_else(damaged)?;
        let sum = self.number()?;
        let mut part = vec![0; length];
        self.0.read_exact(&mut part)?;
        if checksum(&part) == sum { Ok(part) } else { Err(damaged()) }
    }

    fn slots(&mut self) -> io::Result<Vec<u32>> {
        Input(&self.part()?).u32s().ok_or_else(damaged)
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged")
}

/// Tells damage, not malice: a multiplicative hash, as fast as memory.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| step(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| step(sum, u64::from(*byte)))
}
