//! Which events were lost and which came twice, by their ids: the demo server numbers its events without gaps.

/// How many events are missing, and how many were there before.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    previous: Option<u64>,
    /// Numbers that were left out.
    pub lost: u64,
    /// Numbers that were not greater than the one before.
    pub doubled: u64,
}

impl Tally {
    /// The next event has this number.
    pub fn count(&mut self, id: u64) {
        match self.previous {
            Some(previous) if id <= previous => {
                self.doubled += 1;
                return;
            }
            Some(previous) => self.lost += id - previous - 1,
            None => {}
        }
        self.previous = Some(id);
    }
}

/// The number of an event that has one of its own. The feed's data are JSON with the event's id in it; an event without
/// an id inherits the one before, which is then not in its data.
pub fn own_id(data: &str, last_event_id: &str) -> Option<u64> {
    let id = last_event_id.parse().ok()?;
    let (_, value) = data.split_once("\"id\":")?;
    let value = value.trim_start();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    (value[..digits].parse() == Ok(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(ids: &[u64]) -> (u64, u64) {
        let mut tally = Tally::default();
        ids.iter().for_each(|&id| tally.count(id));
        (tally.lost, tally.doubled)
    }

    #[test]
    fn gaps_are_lost_and_repetitions_doubled() {
        assert_eq!(counted(&[]), (0, 0));
        assert_eq!(counted(&[7, 8, 9]), (0, 0));
        assert_eq!(counted(&[7, 8, 11, 12]), (2, 0));
        assert_eq!(counted(&[7, 8, 8, 7, 9]), (0, 2));
    }

    #[test]
    fn an_id_counts_where_the_data_have_it_too() {
        assert_eq!(own_id("{\"id\":12,\"at\":3}", "12"), Some(12));
        assert_eq!(own_id("{\n  \"id\": 12,\n  \"at\": 3\n}", "12"), Some(12));
        assert_eq!(own_id("{\"id\":12}", "1"), None);
        assert_eq!(own_id("{\"id\":1}", "12"), None);
        assert_eq!(own_id("xxxx", "12"), None);
        assert_eq!(own_id("{\"id\":\"é\"}", "12"), None);
        assert_eq!(own_id("{\"id\":12}", ""), None);
    }
}
