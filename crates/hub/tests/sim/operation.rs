//! What can happen, and how a random course of events is made.

use proptest::prelude::*;

/// A world to begin with, and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) shards: usize,
    pub(crate) stripes: usize,
    /// The applications that clients connect to, and the channels that operations name: the fewer, the more happens
    /// in each.
    pub(crate) apps: &'static [u32],
    pub(crate) channels: Vec<&'static str>,
    /// Whether outboxes are so small that clients who do not read are closed.
    pub(crate) small_outboxes: bool,
    pub(crate) operations: Vec<Operation>,
}

/// One thing that happens. Clients, shards, applications and channels are numbers that are taken modulo how many there are, so that
/// what is left of a course when a part is taken out still makes sense.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Connect {
        app: u8,
        shard: u8,
        answers_pings: bool,
    },
    Vanish {
        client: u8,
    },
    Subscribe {
        client: u8,
        channel: u8,
        identity: Identity,
    },
    Unsubscribe {
        client: u8,
        channel: u8,
    },
    Publish {
        app: u8,
        channel: u8,
        except: Option<u8>,
    },
    ClientEvent {
        client: u8,
        channel: u8,
    },
    SignIn {
        client: u8,
        user: u8,
        watches: u8,
    },
    Terminate {
        app: u8,
        user: u8,
    },
    Ping {
        client: u8,
    },
    Control {
        client: u8,
    },
    Binary {
        client: u8,
    },
    /// Handle some deliveries of a shard's inbox.
    Deliver {
        shard: u8,
        most: u8,
    },
    /// Read some of what waits for a client.
    Read {
        client: u8,
        bytes: u16,
    },
    Pass {
        seconds: u8,
    },
    /// Let everything arrive, then look at everything.
    Settle,
}

/// Who a client says to be when it subscribes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Identity {
    /// A user with an id that is a text, and with some information.
    Text(u8),
    /// A user with an id that is a number, and without information.
    Number(u8),
    /// The user that it is signed in as.
    SignedIn,
    /// Somebody who cannot sign.
    Forged,
}

/// Channels that operations name.
const CHANNELS: [&str; 11] = [
    "news",
    "private-a",
    "presence-a",
    "presence-b",
    "presence-cache-a",
    "cache-a",
    "private-cache-a",
    "private-encrypted-a",
    "#server-to-user-0",
    "#server-to-user-1",
    "not a channel",
];

/// Applications that the clients of a course connect to.
const APPS: &[&[u32]] = &[&[0], &[1], &[0, 1]];

/// Users that operations name: 0 to 3.
pub(crate) const USERS: u8 = 4;

/// A course of at most `most` operations.
pub(crate) fn course(most: usize) -> impl Strategy<Value = Course> {
    let shards = prop_oneof![9 => 1..=3_usize, 1 => Just(6)];
    let world = (shards, 1..=3_usize, prop::bool::weighted(0.2));
    let apps = prop::sample::select(APPS);
    let channels = prop::sample::subsequence(&CHANNELS[..], 1..=CHANNELS.len());
    let operations = prop::collection::vec(operation(), 1..=most);
    (world, apps, channels, operations).prop_map(
        |((shards, stripes, small_outboxes), apps, channels, operations)| Course {
            shards,
            stripes,
            apps,
            channels,
            small_outboxes,
            operations,
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let connect = (any::<u8>(), any::<u8>(), prop::bool::weighted(0.8))
        .prop_map(|(app, shard, answers_pings)| O::Connect { app, shard, answers_pings });
    let subscribe = (any::<u8>(), any::<u8>(), identity())
        .prop_map(|(client, channel, identity)| O::Subscribe { client, channel, identity });
    let publish = (any::<u8>(), any::<u8>(), any::<Option<u8>>())
        .prop_map(|(app, channel, except)| O::Publish { app, channel, except });
    let sign_in = (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(client, user, watches)| O::SignIn {
        client,
        user,
        watches,
    });
    prop_oneof![
        12 => connect,
        8 => any::<u8>().prop_map(|client| O::Vanish { client }),
        40 => subscribe,
        16 => any::<(u8, u8)>().prop_map(|(client, channel)| O::Unsubscribe { client, channel }),
        24 => publish,
        10 => any::<(u8, u8)>().prop_map(|(client, channel)| O::ClientEvent { client, channel }),
        10 => sign_in,
        2 => any::<(u8, u8)>().prop_map(|(app, user)| O::Terminate { app, user }),
        2 => any::<u8>().prop_map(|client| O::Ping { client }),
        1 => any::<u8>().prop_map(|client| O::Control { client }),
        1 => any::<u8>().prop_map(|client| O::Binary { client }),
        40 => (any::<u8>(), 1..8_u8).prop_map(|(shard, most)| O::Deliver { shard, most }),
        20 => (any::<u8>(), 1..1500_u16).prop_map(|(client, bytes)| O::Read { client, bytes }),
        3 => (1..50_u8).prop_map(|seconds| O::Pass { seconds }),
        1 => Just(O::Settle),
    ]
}

fn identity() -> impl Strategy<Value = Identity> {
    prop_oneof![
        8 => any::<u8>().prop_map(Identity::Text),
        3 => any::<u8>().prop_map(Identity::Number),
        3 => Just(Identity::SignedIn),
        1 => Just(Identity::Forged),
    ]
}
