//! Where inside an event a connection can be cut.

use serde::Serialize;

/// A kind of place inside a block. After a cut at any of them, the event must not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// `da` of `data: …`.
    FieldName,
    /// `data: {"id":1`.
    Value,
    /// Between the bytes of a character; only every 3rd event has one of several bytes.
    Character,
    /// `id: 12` of `id: 1234`.
    Id,
    /// After a whole line, with more fields to come or only the blank line.
    LineEnd,
    /// All fields are there, and only the newline of the blank line is missing.
    BlankLine,
}

impl Position {
    /// The kind for the `turn`th cut of a run, counted from 0: every kind in turn.
    pub fn of_turn(turn: usize) -> Self {
        use Position::*;
        [Value, BlankLine, Character, FieldName, Id, LineEnd][turn % 6]
    }

    /// How many bytes of `block` come before the cut, or `None` if the block has no such place. Where it has several,
    /// `turn` chooses.
    pub fn find(self, block: &str, turn: usize) -> Option<usize> {
        let places: Vec<usize> = match self {
            Self::BlankLine => vec![block.len().checked_sub(1)?],
            Self::Character => (1..block.len()).filter(|&at| !block.is_char_boundary(at)).collect(),
            _ => lines(block).flat_map(|(start, line)| self.places_in_line(start, line)).collect(),
        };
        places.get(turn * 7 % places.len().max(1)).copied()
    }

    fn places_in_line(self, start: usize, line: &str) -> std::ops::Range<usize> {
        let colon = line.find(": ").unwrap_or(0);
        match self {
            Self::FieldName => start + 1..start + colon,
            Self::Value if line.starts_with("data") => start + colon + 3..start + line.len(),
            Self::Id if line.starts_with("id") => start + colon + 3..start + line.len(),
            Self::LineEnd => start + line.len() + 1..start + line.len() + 2,
            _ => 0..0,
        }
    }
}

/// The lines of a block's fields with their offsets, without their newlines and without the blank line.
fn lines(block: &str) -> impl Iterator<Item = (usize, &str)> {
    block
        .split_inclusive('\n')
        .scan(0, |next, line| {
            let start = *next;
            *next += line.len();
            Some((start, line.trim_end_matches('\n')))
        })
        .filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Position;

    const BLOCK: &str = "id: 123\ndata: é\n\n";

    fn pieces(position: Position) -> Vec<Vec<u8>> {
        let mut ends: Vec<_> = (0..20).filter_map(|turn| position.find(BLOCK, turn)).collect();
        ends.sort_unstable();
        ends.dedup();
        ends.into_iter().map(|end| BLOCK.as_bytes()[..end].to_vec()).collect()
    }

    #[test]
    fn every_position_is_inside_the_event() {
        assert_eq!(pieces(Position::Id), [b"id: 1".to_vec(), b"id: 12".to_vec()]);
        assert_eq!(pieces(Position::Character), [b"id: 123\ndata: \xc3".to_vec()]);
        assert_eq!(pieces(Position::Value), [b"id: 123\ndata: \xc3".to_vec()]);
        assert_eq!(
            pieces(Position::LineEnd),
            [b"id: 123\n".to_vec(), "id: 123\ndata: é\n".as_bytes().to_vec()]
        );
        assert_eq!(pieces(Position::BlankLine), ["id: 123\ndata: é\n".as_bytes().to_vec()]);
        let names = ["i", "id: 123\nd", "id: 123\nda", "id: 123\ndat"];
        assert_eq!(pieces(Position::FieldName), names.map(|name| name.as_bytes().to_vec()));
    }

    #[test]
    fn a_place_that_an_event_lacks_is_not_made_up() {
        assert_eq!(Position::Character.find("id: 1\ndata: e\n\n", 0), None);
        assert_eq!(Position::Id.find("id: 1\ndata: e\n\n", 0), None);
    }
}
