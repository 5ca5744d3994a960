//! How long to wait before the next attempt.
//!
//! A delay grows exponentially from a base to a cap and is spread upwards only, so that it never falls below what the
//! server asked for with `retry:` (HTML, 9.2.6) or `Retry-After` (RFC 9110, 10.2.3). Time and randomness are arguments.

/// The shortest reconnection time a server can set by `retry:`, in milliseconds.
///
/// No engine but Firefox has a floor: with `retry: 0` the others send hundreds of requests a second.
pub const SERVER_RETRY_FLOOR: u64 = 500;

/// The longest reconnection time of a server that is believed, in milliseconds: a day.
pub const SERVER_RETRY_CEILING: u64 = 24 * 60 * 60 * 1000;

/// The longest `Retry-After` that is believed, in milliseconds: ten minutes.
pub const RETRY_AFTER_CEILING: u64 = 10 * 60 * 1000;

/// The longest delay that can be configured, in milliseconds: a browser's timers count in 32 bits and fire at once
/// beyond that, and a delay may be half as long again as the cap.
pub const LONGEST_DELAY: u64 = i32::MAX as u64 / 2;

/// When to try again, and how often.
///
/// ```
/// use everstream::internals::retry::Backoff;
///
/// let policy = Backoff::default();
/// assert_eq!(policy.delay(0, None, None, 0.0), 1_000);
/// assert_eq!(policy.delay(3, None, None, 0.0), 8_000);
/// assert_eq!(policy.delay(99, None, None, 0.999), 29_994, "the cap");
/// assert_eq!(policy.delay(0, Some(2_000), None, 0.0), 2_000, "the server's `retry:` replaces the base");
/// assert_eq!(policy.delay(0, None, Some(60_000), 0.0), 60_000, "`Retry-After` is a lower bound");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    /// The delay before the first retry, in milliseconds; 1,000 by default. The server's `retry:` replaces it.
    pub base: u64,
    /// What the delay is multiplied by from one retry to the next; 2 by default.
    pub factor: f64,
    /// The longest delay before jitter, in milliseconds; 30,000 by default.
    pub cap: u64,
    /// How many retries in a row may fail before the source closes; `None`, the default, is without end.
    ///
    /// The first connection is not a retry: with `Some(3)` a server that is never there sees four requests.
    pub max_retries: Option<u32>,
    /// How long the waits between attempts may be, all together since the stream was open last, in milliseconds; `None`, the
    /// default, is without end. What an attempt takes does not count. A wait that would be longer closes the source instead.
    pub patience: Option<u64>,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff { base: 1_000, factor: 2.0, cap: 30_000, max_retries: None, patience: None }
    }
}

impl Backoff {
    /// The delay before a retry, in milliseconds.
    ///
    /// `retries` is the number of retries in a row that went before this one. `server_retry` is the last `retry:` of the
    /// server, believed between [`SERVER_RETRY_FLOOR`] and [`SERVER_RETRY_CEILING`]; `retry_after` is its `Retry-After`,
    /// believed up to [`RETRY_AFTER_CEILING`]; both in milliseconds. `random` is in `0.0..1.0`.
    ///
    /// With *d* = base · factorⁿ the delay of our own is spread evenly over *d*..1.2 *d* for the first retry and over
    /// *d*..1.5 *d* for later ones, but ends at the cap; where *d* has reached the cap, over 0.8 cap..cap. What the server
    /// asked for is never undercut, also where it is more than the cap, and is spread over up to a fifth more: after a
    /// deploy every client comes back, but not in the same millisecond.
    ///
    /// ```
    /// # use everstream::internals::retry::Backoff;
    /// assert_eq!(Backoff::default().delay(0, Some(0), None, 0.0), 500, "`retry: 0` does not make a storm");
    /// assert!(Backoff::default().delay(1, None, None, 0.999) < 3_000);
    /// ```
    #[must_use]
    pub fn delay(
        &self,
        retries: u32,
        server_retry: Option<u64>,
        retry_after: Option<u64>,
        random: f64,
    ) -> u64 {
        // A NaN compares false and becomes no jitter at all.
        let random = if random > 0.0 { random.min(1.0) } else { 0.0 };
        let server_retry = server_retry.map(|ms| ms.clamp(SERVER_RETRY_FLOOR, SERVER_RETRY_CEILING));
        let retry_after = retry_after.map(|ms| ms.min(RETRY_AFTER_CEILING));

        // In floating point it saturates to infinity instead of overflowing; the cap then bounds it.
        let base = server_retry.unwrap_or(self.base) as f64;
        let grown = (0..retries.min(1_000)).fold(base, |delay, _| delay * self.factor);
        let cap = self.cap as f64;
        // The public tests of the standard allow a quarter around the server's `retry:`, with the time on the wire in it.
        let spread = if retries == 0 { 0.2 } else { 0.5 };
        let own =
            if grown < cap { (grown * (1.0 + spread * random)).min(cap) } else { cap * (0.8 + 0.2 * random) };
        let floor = server_retry.max(retry_after).unwrap_or(0) as f64;
        own.max(floor * (1.0 + 0.2 * random)) as u64
    }

    /// What is wrong with these values, and in which field.
    ///
    /// ```
    /// # use everstream::internals::retry::Backoff;
    /// let (field, _) = Backoff { factor: 0.5, ..Backoff::default() }.check().unwrap_err();
    /// assert_eq!(field, "retry.factor");
    /// ```
    ///
    /// # Errors
    /// The name of the option, and a reason for people.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.base == 0 {
            return Err(("retry.base", "must be at least 1 ms"));
        }
        if self.cap < self.base {
            return Err(("retry.cap", "must not be shorter than retry.base"));
        }
        if self.cap > LONGEST_DELAY {
            return Err(("retry.cap", "must be at most 1073741823 ms (12 days)"));
        }
        if !(1.0..=100.0).contains(&self.factor) {
            return Err(("retry.factor", "must be between 1 and 100"));
        }
        Ok(())
    }
}

/// Reads a `Retry-After` header: the milliseconds from `now` on, or `None` where it says nothing that makes sense.
///
/// `now` is the time in milliseconds since 1970. A date is compared with the server's own clock (its `Date` header)
/// where that is known, and with `now` otherwise: a browser's clock may be hours off. A date in the past is zero. The
/// three forms of RFC 9110, 5.6.7 are read.
///
/// ```
/// use everstream::internals::retry::retry_after;
///
/// let now = 784_111_770_000; // Sun, 06 Nov 1994 08:49:30 GMT
/// assert_eq!(retry_after("120", None, now), Some(120_000));
/// assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", None, now), Some(7_000));
/// assert_eq!(retry_after("soon", None, now), None);
/// ```
#[must_use]
pub fn retry_after(value: &str, date: Option<&str>, now: u64) -> Option<u64> {
    let value = value.as_bytes().trim_ascii();
    if let Some(seconds) = number(value, u64::MAX) {
        return Some(seconds.saturating_mul(1_000));
    }
    let then = http_date(value, now)?;
    let server_now = date.and_then(|date| http_date(date.as_bytes().trim_ascii(), now)).unwrap_or(now);
    Some(then.saturating_sub(server_now))
}

/// An HTTP-date in milliseconds since 1970.
///
/// Bytes and fixed places, because what `str` has for this makes a page 1.4 kB (gzip) heavier.
fn http_date(text: &[u8], now: u64) -> Option<u64> {
    let mut words = text.split(|byte| b" ,-".contains(byte)).filter(|word| !word.is_empty());
    name(words.next()?.get(..3)?, b"SunMonTueWedThuFriSat")?;
    let second = words.next()?;
    let (day, month, year, clock) = if second.first()?.is_ascii_digit() {
        // IMF-fixdate `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 850 `Sunday, 06-Nov-94 08:49:37 GMT`
        let (month, year, clock) = (words.next()?, words.next()?, words.next()?);
        if words.next()? != b"GMT" {
            return None;
        }
        (second, month, year, clock)
    } else {
        // asctime `Sun Nov  6 08:49:37 1994`
        let (day, clock, year) = (words.next()?, words.next()?, words.next()?);
        (day, second, year, clock)
    };
    if words.next().is_some() {
        return None;
    }
    let month = name(month, b"JanFebMarAprMayJunJulAugSepOctNovDec")? + 1;
    let day = number(day, 31)?;
    let year = match (year.len(), number(year, 9_999)?) {
        (2, short) => nearest_year(short, now),
        (4, year) => year,
        _ => return None,
    };
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = clock else { return None };
    let leap_second = 60;
    let (hour, minute) = (number(&[h1, h2], 23)?, number(&[m1, m2], 59)?);
    let second = number(&[s1, s2], leap_second)?;
    if day == 0 || year < 1970 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

/// Which of the names, of three letters each, this is.
fn name(name: &[u8], names: &[u8]) -> Option<u64> {
    names.chunks(3).position(|other| other == name).map(|index| index as u64)
}

/// Digits and nothing else. Too many of them are a number that is too large.
fn number(digits: &[u8], max: u64) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    all_digits.then(|| digits.iter().fold(0, add)).filter(|value| *value <= max)
}

/// RFC 9110, 5.6.7: a two-digit year that looks to be more than 50 years ahead is the most recent year with these digits.
fn nearest_year(short: u64, now: u64) -> u64 {
    let this_year = 1970 + now / 31_556_952_000;
    let year = this_year - this_year % 100 + short;
    if year > this_year + 50 { year - 100 } else { year }
}

/// Days of the proleptic Gregorian calendar. Counting years from March makes the leap day the last of its year.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * month + 2) / 5;
    let days_to_march_1970 = 719_468;
    year * 365 + year / 4 - year / 100 + year / 400 + days_before_month + day - 1 - days_to_march_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_6_1994: u64 = 784_111_777_000;

    #[test]
    fn a_delay_stays_in_its_band() {
        let policy = Backoff::default();
        for (retries, least, most) in [
            (0, 1_000, 1_200),
            (1, 2_000, 3_000),
            (2, 4_000, 6_000),
            (4, 16_000, 24_000),
            (5, 24_000, 30_000),
            (u32::MAX, 24_000, 30_000),
        ] {
            for (random, expected) in [(0.0, Some(least)), (0.1, None), (0.5, None), (1.0, Some(most))] {
                let delay = policy.delay(retries, None, None, random);
                assert!((least..=most).contains(&delay), "retry {retries}, random {random}: {delay}");
                assert!(expected.is_none_or(|ms| ms == delay), "retry {retries}, random {random}: {delay}");
            }
        }
    }

    #[test]
    fn no_delay_of_our_own_is_longer_than_the_cap() {
        for (base, cap) in [(1_000, 1_000), (900, 1_000), (400, 1_000)] {
            let policy = Backoff { base, cap, ..Backoff::default() };
            for retries in [0, 1, 2, 50] {
                let delay = policy.delay(retries, None, None, 1.0);
                assert!(delay <= cap, "{base}, {cap}, retry {retries}: {delay}");
            }
        }
    }

    #[test]
    fn a_random_number_out_of_range_changes_nothing() {
        for random in [f64::NAN, -1.0, f64::NEG_INFINITY] {
            assert_eq!(Backoff::default().delay(0, None, None, random), 1_000);
        }
        assert_eq!(Backoff::default().delay(0, None, None, f64::INFINITY), 1_200);
    }

    #[test]
    fn the_servers_retry_is_believed_up_to_a_day() {
        let policy = Backoff::default();
        for (said, meant) in [(0, 500), (499, 500), (700, 700), (45_000, 45_000), (u64::MAX, 86_400_000)] {
            for retries in [0, 7] {
                let (least, most) = (
                    policy.delay(retries, Some(said), None, 0.0),
                    policy.delay(retries, Some(said), None, 1.0),
                );
                assert!(least >= meant, "retry: {said}, retry {retries}: {least}");
                assert!(most <= (meant + meant / 5).max(30_000), "retry: {said}, retry {retries}: {most}");
            }
            assert_eq!(policy.delay(0, Some(said), None, 0.0), meant, "retry: {said}");
        }
        let short = Backoff { base: 10, cap: 100, ..policy };
        assert_eq!(short.delay(0, Some(700), None, 0.0), 700, "the cap is ours, not the server's");
    }

    #[test]
    fn retry_after_is_a_lower_bound_believed_up_to_ten_minutes() {
        let policy = Backoff::default();
        assert_eq!(policy.delay(0, None, Some(200), 0.0), 1_000, "backoff is longer");
        assert_eq!(policy.delay(0, None, Some(45_000), 0.0), 45_000, "beyond the cap");
        assert_eq!(policy.delay(0, None, Some(u64::MAX), 0.0), 600_000);
        assert_eq!(policy.delay(0, None, Some(600_000), 1.0), 720_000);
        assert_eq!(policy.delay(9, None, Some(29_000), 0.0), 29_000, "0.8 of the cap would be less");
    }

    #[test]
    fn no_delay_overflows_a_browsers_timer() {
        let policy = Backoff { base: LONGEST_DELAY, cap: LONGEST_DELAY, ..Backoff::default() };
        assert!(policy.check().is_ok());
        assert!(policy.delay(50, Some(u64::MAX), Some(u64::MAX), 1.0) <= i32::MAX as u64);
    }

    #[test]
    fn bad_values_name_their_option() {
        let ok = Backoff::default;
        for (policy, option) in [
            (Backoff { base: 0, ..ok() }, "retry.base"),
            (Backoff { cap: 999, ..ok() }, "retry.cap"),
            (Backoff { cap: u64::MAX, ..ok() }, "retry.cap"),
            (Backoff { factor: f64::NAN, ..ok() }, "retry.factor"),
            (Backoff { factor: 0.99, ..ok() }, "retry.factor"),
        ] {
            assert_eq!(policy.check().map_err(|(name, _)| name), Err(option));
        }
    }

    #[test]
    fn retry_after_in_seconds() {
        for (text, ms) in [
            ("0", Some(0)),
            (" 7 ", Some(7_000)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("5s", None),
        ] {
            assert_eq!(retry_after(text, None, 0), ms, "{text:?}");
        }
    }

    #[test]
    fn retry_after_as_each_form_of_date() {
        let now = NOV_6_1994 - 2_000;
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(retry_after(text, None, now), Some(2_000), "{text}");
            assert_eq!(retry_after(text, None, now + 60_000), Some(0), "{text}, passed");
        }
    }

    #[test]
    fn the_first_year_of_the_clock_is_one() {
        assert_eq!(retry_after("Thu, 01 Jan 1970 00:00:02 GMT", None, 0), Some(2_000));
    }

    #[test]
    fn a_date_is_measured_by_the_servers_clock_where_it_is_known() {
        let hour_off = NOV_6_1994 + 3_600_000;
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", date, hour_off), Some(3_000));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", Some("?"), NOV_6_1994), Some(3_000));
    }

    #[test]
    fn dates_that_are_none() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1894 08:49:37 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
            "Son, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, é6 Nov 1994 08:49:37 GMT",
            ",,,",
        ] {
            assert_eq!(retry_after(text, None, NOV_6_1994), None, "{text:?}");
        }
    }

    #[test]
    fn days_count_leap_years() {
        for (year, month, day, days) in [
            (1970, 1, 1, 0),
            (1972, 2, 29, 789),
            (2000, 2, 29, 11_016),
            (2026, 11, 22, 20_779),
            (2100, 3, 1, 47_541),
        ] {
            assert_eq!(days_since_1970(year, month, day), days, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn two_digit_years() {
        let in_2026 = 1_795_000_000_000;
        assert_eq!(nearest_year(26, in_2026), 2026);
        assert_eq!(nearest_year(76, in_2026), 2076);
        assert_eq!(nearest_year(94, in_2026), 1994);
    }
}
