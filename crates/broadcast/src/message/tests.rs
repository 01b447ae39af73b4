use serde_json::json;

use super::*;
use crate::Channel;

fn message(payload: &impl Serialize) -> Message {
    Message::new("Ping", Channel::public("news"), payload).unwrap().unwrap()
}

#[test]
fn the_id_is_the_last_member_of_the_payload() {
    let id = EventId::new();
    let check = |payload: serde_json::Value, before: &str| {
        let expected = format!("{before}\"event_id\":\"{id}\"}}");
        assert_eq!(message(&payload).identified(id).unwrap().data(), expected);
    };
    check(json!({}), "{");
    check(json!({ "z": { "event_id": 1 } }), r#"{"z":{"event_id":1},"#);
}

#[test]
fn a_payload_without_room_for_an_id_is_refused() {
    for payload in [json!([]), json!("{}"), json!(null), json!({ "event_id": null })] {
        let error = message(&payload).identified(EventId::new()).unwrap_err();
        assert!(matches!(error, InvalidMessage::NoRoomForId { .. }), "{payload}: {error}");
    }
}

#[test]
fn a_payload_may_be_as_deep_as_it_likes() {
    let deep = (0..1000).fold(json!(1), |inner, _| json!([inner]));
    let data = message(&json!({ "deep": deep })).identified(EventId::new()).unwrap().data;
    assert!(data.starts_with(r#"{"deep":[[["#) && data.contains(r#"]]],"event_id":""#), "{data}");
}

#[test]
fn ids_are_read_as_they_are_written_and_grow() {
    let (first, second) = (EventId::new(), EventId::new());
    assert_eq!(first.to_string().parse(), Ok(first));
    assert!(first < second);
}

#[test]
fn a_payload_that_is_no_json_names_the_event() {
    let payload = std::collections::HashMap::from([(vec![1], 1)]);
    let error = Message::new("Ping", Channel::public("news"), &payload).unwrap_err();
    assert_eq!(error.to_string(), "event `Ping` cannot be written as JSON: key must be a string");
}

#[test]
fn a_channel_that_is_named_twice_gets_the_event_once() {
    let channels = vec![Channel::public("a"), Channel::private("b"), Channel::public("a")];
    let message = Message::new("Ping", channels, &1).unwrap().unwrap();
    assert_eq!(message.channels().iter().map(ChannelName::as_str).collect::<Vec<_>>(), ["a", "private-b"]);
}
