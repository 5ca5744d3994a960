//! How a url says where to go on.

/// The url with a parameter, encoded already, at the end of its query and before its fragment. Of the query stay the parts that are
/// `other` ones, as they are: a url may be signed.
pub(crate) fn resumed(url: &str, parameter: &str, is_other: impl Fn(&str) -> bool) -> String {
    let (rest, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut resumed = [path, "?"].concat();
    for part in query.split('&').filter(|part| !query.is_empty() && is_other(part)) {
        resumed.push_str(part);
        resumed.push('&');
    }
    resumed + parameter + fragment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_touched_but_the_parameter() {
        let is_other = |part: &str| !part.starts_with("id=");
        for (url, expected) in [
            ("http://h/p", "http://h/p?id=7"),
            ("http://h/p?", "http://h/p?id=7"),
            ("http://h/p#f?x", "http://h/p?id=7#f?x"),
            ("http://h/p?q=a%20b&flag&s=x+y%2B#f", "http://h/p?q=a%20b&flag&s=x+y%2B&id=7#f"),
            ("http://h/p?id=1&a=b&id=2", "http://h/p?a=b&id=7"),
            ("http://h/p?a=b?c=d", "http://h/p?a=b?c=d&id=7"),
            ("http://h/p?a&&b", "http://h/p?a&&b&id=7"),
        ] {
            assert_eq!(resumed(url, "id=7", is_other), expected);
        }
    }
}
