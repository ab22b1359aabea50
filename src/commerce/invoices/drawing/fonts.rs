//! The fonts that papers are written with, and text as their glyphs: directions, fallback from font to font, line breaks.
//!
//! A character that no font has is drawn as �; the text behind the glyph, which readers select and search, stays what it is.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use parking_lot::Mutex;
use rustybuzz::{Direction, Face, Script, ShapePlan, UnicodeBuffer};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use unicode_bidi::{BidiInfo, Level};

/// Regular and bold first; then what is asked in turn for characters that these lack. `fonts/README.md` says what each writes.
const FILES: [&[u8]; 8] = [
    include_bytes!("../../../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../../../fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../../../../fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("../../../../fonts/NotoSansThai-Regular.ttf"),
    include_bytes!("../../../../fonts/NotoSansDevanagari-Regular.ttf"),
    include_bytes!("../../../../fonts/DroidSansFallback.ttf"),
    include_bytes!("../../../../fonts/NanumGothic-Regular.ttf"),
];

/// Where the fonts stand that are asked in turn.
const FALLBACKS: std::ops::Range<usize> = 2..FILES.len();

/// Drawn for what no font has.
const MISSING: char = '\u{fffd}';

/// How heavy text is. Only the letters of Europe are there in bold; others stay regular.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    #[default]
    Regular,
    Bold,
}

struct Typeface {
    /// For shaping.
    face: Face<'static>,
    /// How text of a script and direction is shaped: the same for every word of it.
    plans: Mutex<HashMap<(Script, bool), Arc<ShapePlan>>>,
    /// For the document.
    font: Font,
}

/// All fonts, read once.
pub struct Fonts(Vec<Typeface>);

/// Glyphs of one font that stand next to each other, from left to right.
#[derive(Clone, Debug)]
pub struct Run {
    pub font: Font,
    pub glyphs: Vec<KrillaGlyph>,
    pub text: String,
    /// In parts of the font size.
    pub width: f32,
}

/// A line of text as glyphs.
#[derive(Clone, Debug, Default)]
pub struct Shaped {
    pub runs: Vec<Run>,
    /// In parts of the font size.
    pub width: f32,
}

impl Fonts {
    /// The fonts of the program; `None` only where one of the files is damaged, which a test rules out.
    pub fn get() -> Option<&'static Self> {
        static FONTS: OnceLock<Option<Fonts>> = OnceLock::new();
        FONTS.get_or_init(Self::read).as_ref()
    }

    fn read() -> Option<Self> {
        let typeface = |data: &'static [u8]| {
            Some(Typeface { face: Face::from_slice(data, 0)?, plans: Mutex::default(), font: Font::new(data.into(), 0)? })
        };
        FILES.into_iter().map(typeface).collect::<Option<Vec<_>>>().map(Self)
    }

    /// One line of text as glyphs. The line as a whole runs from left to right, as German and English do; words of other
    /// directions in it run theirs.
    pub fn shape(&self, text: &str, weight: Weight) -> Shaped {
        let text = clean(text);
        let mut shaped = Shaped::default();
        let bidi = BidiInfo::new(&text, Some(Level::ltr()));
        for paragraph in &bidi.paragraphs {
            let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let rtl = levels.get(range.start).is_some_and(Level::is_rtl);
                let mut runs: Vec<Run> =
                    self.pieces(&text[range], weight).into_iter().map(|(face, piece)| self.run(face, piece, rtl)).collect();
                if rtl {
                    runs.reverse();
                }
                shaped.width += runs.iter().map(|run| run.width).sum::<f32>();
                shaped.runs.append(&mut runs);
            }
        }
        shaped
    }

    /// How wide a text is, in parts of the font size.
    pub fn width(&self, text: &str, weight: Weight) -> f32 {
        self.shape(text, weight).width
    }

    /// Breaks text into lines of at most `width` (in parts of the font size): between words, and within words that are longer
    /// than a line. Breaks of the text itself stay. Every line but the last of a paragraph ends in the space that was there.
    pub fn wrap(&self, text: &str, weight: Weight, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            let mut used = 0.0;
            for word in paragraph.split_inclusive(' ') {
                let own = self.width(word.trim_end(), weight);
                if !line.is_empty() && used + own > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                if own > width {
                    self.break_word(word, weight, width, &mut lines, &mut line);
                    used = self.width(&line, weight);
                } else {
                    line.push_str(word);
                    used += self.width(word, weight);
                }
            }
            lines.push(line);
        }
        lines
    }

    /// Chinese and Japanese have no spaces, and neither have some part numbers.
    fn break_word(&self, word: &str, weight: Weight, width: f32, lines: &mut Vec<String>, line: &mut String) {
        let mut used = 0.0;
        for c in word.chars() {
            let own = self.width(c.encode_utf8(&mut [0; 4]), weight);
            if !line.is_empty() && used + own > width {
                lines.push(std::mem::take(line));
                used = 0.0;
            }
            line.push(c);
            used += own;
        }
    }

    /// Splits text where the font changes; no font (`None`) for each character that none has.
    fn pieces<'a>(&self, text: &'a str, weight: Weight) -> Vec<(Option<usize>, &'a str)> {
        let main = usize::from(weight == Weight::Bold);
        let mut pieces: Vec<(Option<usize>, usize, usize)> = Vec::new();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            let before = pieces.last().and_then(|(font, ..)| *font);
            let font = self.font_for(c, main, before);
            match pieces.last_mut() {
                Some((last, _, until)) if *last == font && font.is_some() => *until = end,
                _ => pieces.push((font, at, end)),
            }
        }
        pieces.into_iter().map(|(font, from, until)| (font, &text[from..until])).collect()
    }

    fn font_for(&self, c: char, main: usize, before: Option<usize>) -> Option<usize> {
        let has = |font: &usize| self.0.get(*font).is_some_and(|typeface| typeface.face.glyph_index(c).is_some());
        // Spaces, digits and marks stay in the font around them: its shaping knows how they join.
        if let Some(font) = before.filter(|font| *font == main || !c.is_alphanumeric()).filter(has) {
            return Some(font);
        }
        Some(main).filter(has).or_else(|| FALLBACKS.into_iter().find(has))
    }

    fn run(&self, font: Option<usize>, text: &str, rtl: bool) -> Run {
        match font.and_then(|font| self.0.get(font)) {
            Some(typeface) => shape(typeface, text, rtl),
            None => self.stand_in(text),
        }
    }

    /// A character that no font has, drawn as �.
    fn stand_in(&self, text: &str) -> Run {
        let typeface = &self.0[0];
        let glyph = typeface.face.glyph_index(MISSING).unwrap_or_default();
        let advance = f32::from(typeface.face.glyph_hor_advance(glyph).unwrap_or_default());
        let width = advance / typeface.font.units_per_em();
        let glyph = KrillaGlyph::new(GlyphId::new(u32::from(glyph.0)), width, 0.0, 0.0, 0.0, 0..text.len(), None);
        Run { font: typeface.font.clone(), glyphs: vec![glyph], text: text.to_owned(), width }
    }
}

impl Typeface {
    fn plan(&self, buffer: &UnicodeBuffer, rtl: bool) -> Arc<ShapePlan> {
        let script = buffer.script();
        let mut plans = self.plans.lock();
        let plan = plans.entry((script, rtl)).or_insert_with(|| {
            let script = (script != rustybuzz::script::UNKNOWN).then_some(script);
            Arc::new(ShapePlan::new(&self.face, buffer.direction(), script, None, &[]))
        });
        plan.clone()
    }
}

fn shape(typeface: &Typeface, text: &str, rtl: bool) -> Run {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    let plan = typeface.plan(&buffer, rtl);
    let output = rustybuzz::shape_with_plan(&typeface.face, &plan, buffer);
    // A glyph stands for the text from its cluster to the next one.
    let mut starts: Vec<usize> = output.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.sort_unstable();
    let end_of = |start: usize| starts.iter().copied().find(|next| *next > start).unwrap_or(text.len());
    let scale = |units: i32| units as f32 / typeface.font.units_per_em();
    let glyphs: Vec<KrillaGlyph> = output
        .glyph_infos()
        .iter()
        .zip(output.glyph_positions())
        .map(|(info, at)| {
            let start = info.cluster as usize;
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                scale(at.x_advance),
                scale(at.x_offset),
                scale(at.y_offset),
                scale(at.y_advance),
                start..end_of(start),
                None,
            )
        })
        .collect();
    let width = output.glyph_positions().iter().map(|at| scale(at.x_advance)).sum();
    Run { font: typeface.font.clone(), glyphs, text: text.to_owned(), width }
}

/// Without what cannot be drawn: control characters become spaces, marks of direction and byte order go.
fn clean(text: &str) -> String {
    let invisible = |c: &char| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}');
    text.chars()
        .filter(|c| !invisible(c))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> &'static Fonts {
        Fonts::get().expect("fonts that read")
    }

    /// How many of the characters are drawn as �.
    fn missing(text: &str) -> usize {
        let missing = fonts().0[0].face.glyph_index(MISSING).expect("the glyph of what is missing").0;
        let shaped = fonts().shape(text, Weight::Bold);
        // Glyphs are numbered by each font on its own.
        let main = shaped.runs.iter().filter(|run| run.font == fonts().0[0].font);
        main.flat_map(|run| &run.glyphs).filter(|glyph| glyph.glyph_id.to_u32() == u32::from(missing)).count()
    }

    #[test]
    fn names_of_many_scripts_are_written() {
        for name in [
            "Zoë Łukasiewicz",
            "Nguyễn Thị Ánh",
            "Γιώργος",
            "Щукина",
            "王伟",
            "陳大文",
            "渡辺 さくら",
            "김서연",
            "محمد الأحمد",
            "יעל כהן",
            "สมชาย",
            "अनिल शर्मा",
            "−€1,234.50",
        ] {
            assert_eq!(missing(name), 0, "{name}");
        }
        assert_eq!(missing("🎁𠮷"), 2, "what no font has is seen to be missing");
    }

    #[test]
    fn glyphs_stand_for_the_whole_text_in_every_direction() {
        for text in ["Ann", "محمد 12 Berlin", "王 Ann", "🎁", "שלום, Ann"] {
            let shaped = fonts().shape(text, Weight::Regular);
            let mut written: Vec<char> = shaped.runs.iter().flat_map(|run| run.text.chars()).collect();
            let mut wanted: Vec<char> = text.chars().collect();
            written.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(written, wanted, "{text}");
            assert!(shaped.width > 0.0);
        }
        let arabic = fonts().shape("ab محمد", Weight::Regular);
        assert_eq!(arabic.runs.first().map(|run| run.text.trim()), Some("ab"), "the line runs from left to right");
    }

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let text =
            "A rather long name of an item, with Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen in it\nand a break";
        let lines = fonts().wrap(text, Weight::Regular, 12.0);
        assert!(lines.iter().all(|line| fonts().width(line.trim_end(), Weight::Regular) <= 12.0), "{lines:?}");
        assert_eq!(lines.concat(), text.replace('\n', ""), "nothing is lost");
        assert_eq!(lines.last().map(String::as_str), Some("and a break"));
        let chinese = fonts().wrap("长江经济带绿色发展报告长江经济带绿色发展报告", Weight::Regular, 10.0);
        assert!(chinese.len() > 1, "{chinese:?}");
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        assert_eq!(clean("a\u{0}b\u{feff}\u{202e}c\n"), "a bc ");
    }
}
