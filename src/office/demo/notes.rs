//! Internal notes, some pinned, some edited.

use super::doings::blanks;
use super::story::{Subject, Teller};
use super::tables::{Batch, NoteRow, NoteVersionRow};
use super::words::{any, between, chance};
use crate::base::Timestamp;
use rand_chacha::ChaCha8Rng;

/// Adds the customer's notes, if there are any, oldest first.
pub fn tell(teller: &mut Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    if !chance(teller.detail.noted, rng) {
        return;
    }
    let count = if chance(180, rng) { between(2, 4, rng) } else { 1 };
    let since = subject.registered_at;
    let mut times: Vec<i64> = (0..count).map(|_| between(since.0, teller.now.0, rng)).collect();
    times.sort_unstable();
    for at in times {
        tell_note(teller, subject, Timestamp(at), out, rng);
    }
}

fn tell_note(teller: &mut Teller, subject: &Subject, at: Timestamp, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let (kind, list, pinned_per_mille) = match between(0, 99, rng) {
        0..=44 => ("general", "note.general", 30),
        45..=79 => ("support", "note.support", 10),
        80..=87 => ("alert", "note.alert", 700),
        88..=95 => ("payment", "note.payment", 60),
        _ => ("fraud", "note.fraud", 400),
    };
    let body = write(teller, subject, list, rng);
    let pinned = chance(pinned_per_mille, rng);
    let Some(&author_id) = any(&teller.shop.authors, rng) else { return };
    let id = teller.next_note;
    teller.next_note += 1;
    let edited_at = at.plus(between(Timestamp::MINUTE, 3 * Timestamp::DAY, rng)).min(teller.now);
    let edited = chance(80, rng);
    out.push(NoteRow {
        id,
        customer_id: subject.id,
        kind,
        body: if edited { format!("{body} {}", write(teller, subject, list, rng)) } else { body.clone() },
        pinned,
        author_id,
        created_at: at.0,
        updated_at: if edited { edited_at.0 } else { at.0 },
        version: if edited { 2 } else { 1 },
    });
    if edited {
        out.push(NoteVersionRow {
            note_id: id,
            version: 1,
            kind,
            body,
            pinned: false,
            edited_by: author_id,
            edited_at: edited_at.0,
        });
    }
}

fn write(teller: &Teller, subject: &Subject, list: &str, rng: &mut ChaCha8Rng) -> String {
    // Those who never ordered have no order to write about.
    let Some(order) = any(&subject.orders, rng) else {
        return teller.sentences.write("note.new", &blanks(subject, "", 0), rng);
    };
    let album = teller.catalogue.products.get(order.product).map_or("", |p| p.album.as_str());
    teller.sentences.write(list, &blanks(subject, album, order.number), rng)
}
