use proptest::prelude::*;

use super::*;

/// Lines with times in milliseconds, and what is told of them.
struct Course {
    story: Story,
    seq: u64,
    told: Vec<String>,
}

impl Course {
    fn new() -> Self {
        Self { story: Story::default(), seq: 0, told: Vec::new() }
    }

    fn line(&mut self, time_ms: u64, entry: Entry<'static>) -> &mut Self {
        self.seq += 1;
        let told = &mut self.told;
        self.story.handle_line(Line { seq: self.seq, time_ms, entry }, |fact| told.push(text(&fact)));
        self
    }

    fn fact(&mut self, time_ms: u64, fact: Fact<'static>) -> &mut Self {
        self.line(time_ms, Entry::Fact(fact))
    }

    fn tick(&mut self, time_ms: u64) -> &mut Self {
        self.line(time_ms, Entry::Tick)
    }

    fn expect(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.told), expected);
    }
}

fn text(fact: &Fact<'_>) -> String {
    let user_id = match fact {
        Fact::MemberAdded { user_id, .. } | Fact::MemberRemoved { user_id, .. } => format!(" {user_id}"),
        _ => String::new(),
    };
    format!("{} {}{user_id}", fact.kind().name(), fact.channel())
}

fn occupied(channel: &str) -> Fact<'static> {
    Fact::ChannelOccupied { channel: channel.to_owned().into() }
}

fn vacated(channel: &str) -> Fact<'static> {
    Fact::ChannelVacated { channel: channel.to_owned().into() }
}

fn added(channel: &str, user_id: &str) -> Fact<'static> {
    Fact::MemberAdded { channel: channel.to_owned().into(), user_id: user_id.to_owned().into() }
}

fn removed(channel: &str, user_id: &str) -> Fact<'static> {
    Fact::MemberRemoved { channel: channel.to_owned().into(), user_id: user_id.to_owned().into() }
}

fn missed(channel: &str) -> Fact<'static> {
    Fact::CacheMiss { channel: channel.to_owned().into() }
}

#[test]
fn who_comes_is_told_at_once_and_who_leaves_after_three_seconds() {
    let mut course = Course::new();
    course.fact(0, occupied("presence-a")).fact(0, added("presence-a", "u"));
    course.expect(&["channel_occupied presence-a", "member_added presence-a u"]);
    course.fact(1_000, removed("presence-a", "u")).fact(1_000, vacated("presence-a"));
    assert_eq!(course.story.next_departure(), Some(4_000));
    course.tick(3_999).expect(&[]);
    course.tick(4_000).expect(&["member_removed presence-a u", "channel_vacated presence-a"]);
    assert_eq!(course.story, Story { departures: 2, ..Story::default() });
}

#[test]
fn who_comes_back_in_time_has_never_been_away() {
    let mut course = Course::new();
    course.fact(0, occupied("a")).fact(1_000, vacated("a")).fact(3_999, occupied("a"));
    assert_eq!(course.story.next_departure(), None);
    course.tick(10_000).expect(&["channel_occupied a"]);
    course.fact(10_000, vacated("a")).fact(13_000, occupied("a"));
    course.expect(&["channel_vacated a", "channel_occupied a"]);
}

#[test]
fn who_leaves_again_has_three_seconds_again() {
    let mut course = Course::new();
    course.fact(0, occupied("a")).fact(0, vacated("a")).fact(2_000, occupied("a")).fact(2_500, vacated("a"));
    course.expect(&["channel_occupied a"]);
    assert_eq!(course.story.next_departure(), Some(5_500));
    course.tick(5_499).expect(&[]);
    course.tick(5_500).expect(&["channel_vacated a"]);
}

#[test]
fn a_new_process_begins_with_nobody() {
    let mut course = Course::new();
    course
        .fact(0, occupied("presence-a"))
        .fact(0, added("presence-a", "u"))
        .fact(0, added("presence-a", "v"));
    course.fact(0, occupied("b"));
    course.expect(&[
        "channel_occupied presence-a",
        "member_added presence-a u",
        "member_added presence-a v",
        "channel_occupied b",
    ]);
    course.line(10_000, Entry::Start);
    course.fact(11_000, occupied("presence-a")).fact(11_000, added("presence-a", "v"));
    course.tick(20_000).expect(&["member_removed presence-a u", "channel_vacated b"]);
}

#[test]
fn who_was_leaving_when_the_process_ended_has_no_more_time_than_before() {
    let mut course = Course::new();
    course.fact(0, occupied("a")).fact(1_000, vacated("a")).line(2_000, Entry::Start);
    course.expect(&["channel_occupied a"]);
    course.tick(4_000).expect(&["channel_vacated a"]);
}

#[test]
fn a_departure_of_somebody_unknown_is_told() {
    let mut course = Course::new();
    course.fact(0, vacated("a")).tick(3_000).expect(&["channel_vacated a"]);
}

#[test]
fn several_subscribers_of_an_empty_cache_channel_are_one_miss() {
    let mut course = Course::new();
    course.fact(0, missed("cache-a")).fact(10, missed("cache-a")).fact(20, missed("cache-b"));
    course.expect(&["cache_miss cache-a", "cache_miss cache-b"]);
    course.fact(999, missed("cache-a")).expect(&[]);
    course.fact(1_000, missed("cache-a")).expect(&["cache_miss cache-a"]);
}

#[test]
fn what_is_no_longer_seen_is_forgotten_with_its_departures() {
    let mut course = Course::new();
    course.fact(0, occupied("a")).fact(0, occupied("b")).fact(0, added("presence-a", "u"));
    course.fact(0, added("presence-b", "u")).fact(0, vacated("a")).fact(0, removed("presence-a", "u"));
    course.told.clear();
    course.story.retain(|_, channel| channel.ends_with('b'));
    assert_eq!(course.story.next_departure(), None);
    course.tick(10_000).expect(&[]);
    course.fact(10_000, occupied("a")).fact(10_000, occupied("b"));
    course.fact(10_000, added("presence-a", "u")).fact(10_000, added("presence-b", "u"));
    course.expect(&["channel_occupied a", "member_added presence-a u"]);
}

#[test]
fn what_concerns_others_lets_time_pass() {
    let mut course = Course::new();
    course.fact(0, occupied("a")).fact(0, vacated("a")).line(3_000, Entry::OfOthers);
    course.expect(&["channel_occupied a", "channel_vacated a"]);
}

/// What may happen at a few channels: who, and after how long.
fn happenings() -> impl Strategy<Value = Vec<(u8, u64)>> {
    proptest::collection::vec((0..10_u8, 0..4_000_u64), 1..60)
}

/// A course of lines in which nobody comes twice or leaves without having come.
fn lines(happenings: &[(u8, u64)]) -> Vec<Line> {
    let (mut there, mut time_ms) = ([false; 4], 0);
    let line = |(seq, (what, after)): (u64, &(u8, u64))| {
        time_ms += after;
        let toggle = |there: &mut bool, come: Fact<'static>, go: Fact<'static>| {
            *there = !*there;
            Entry::Fact(if *there { come } else { go })
        };
        let entry = match what {
            0..2 => toggle(&mut there[0], occupied("a"), vacated("a")),
            2..4 => toggle(&mut there[1], occupied("b"), vacated("b")),
            4..6 => toggle(&mut there[2], added("presence-c", "u"), removed("presence-c", "u")),
            6..8 => toggle(&mut there[3], added("presence-c", "v"), removed("presence-c", "v")),
            8 => Entry::Tick,
            _ => {
                there = [false; 4];
                Entry::Start
            }
        };
        Line { seq, time_ms, entry }
    };
    (1..).zip(happenings).map(line).collect()
}

proptest! {
    #[test]
    fn whatever_happens_is_told_in_turns_and_ends_as_it_is(happenings in happenings()) {
        let mut course = Course::new();
        let lines = lines(&happenings);
        let last = lines.last().map_or(0, |line| line.time_ms);
        for line in lines {
            course.line(line.time_ms, line.entry);
        }
        course.line(last, Entry::Start).tick(last + 10_000);
        for (come, go) in [
            ("channel_occupied a", "channel_vacated a"),
            ("channel_occupied b", "channel_vacated b"),
            ("member_added presence-c u", "member_removed presence-c u"),
            ("member_added presence-c v", "member_removed presence-c v"),
        ] {
            let told: Vec<_> = course.told.iter().filter(|told| *told == come || *told == go).collect();
            prop_assert!(told.chunks(2).all(|pair| pair == [come, go]), "{told:?}");
        }
        prop_assert_eq!(course.story.next_departure(), None);
    }

    #[test]
    fn a_story_goes_on_where_it_was_written_down(happenings in happenings(), at in 0..60_usize) {
        let (mut whole, mut halves) = (Course::new(), Course::new());
        for (index, line) in lines(&happenings).into_iter().enumerate() {
            if index == at {
                let json = serde_json::to_vec(&halves.story).unwrap();
                halves.story = serde_json::from_slice(&json).unwrap();
            }
            whole.line(line.time_ms, line.entry.clone());
            halves.line(line.time_ms, line.entry);
        }
        prop_assert_eq!(whole.told, halves.told);
        prop_assert_eq!(whole.story, halves.story);
    }
}
