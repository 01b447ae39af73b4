//! Who is subscribed to what.

use std::collections::HashMap;

/// The subscribers of each channel, and the channels of each subscriber.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    numbers: HashMap<String, usize>,
    /// By the numbers of the channels.
    subscribers: Vec<Vec<usize>>,
    /// By the numbers of the subscribers.
    joined: Vec<Vec<usize>>,
}

impl Channels {
    pub(crate) fn subscribers(&self, channel: &str) -> &[usize] {
        self.numbers.get(channel).map_or(&[], |&number| &self.subscribers[number])
    }

    pub(crate) fn join(&mut self, channel: &str, subscriber: usize) {
        let number = self.number(channel);
        self.subscribers[number].push(subscriber);
        if self.joined.len() <= subscriber {
            self.joined.resize_with(subscriber + 1, Vec::new);
        }
        self.joined[subscriber].push(number);
    }

    /// The subscriber leaves everything. A channel that is empty then keeps its number.
    pub(crate) fn leave(&mut self, subscriber: usize) {
        let joined = self.joined.get_mut(subscriber).map(std::mem::take);
        for number in joined.unwrap_or_default() {
            let subscribers = &mut self.subscribers[number];
            if let Some(at) = subscribers.iter().position(|&other| other == subscriber) {
                subscribers.swap_remove(at);
            }
        }
    }

    fn number(&mut self, channel: &str) -> usize {
        if let Some(&number) = self.numbers.get(channel) {
            return number;
        }
        let number = self.subscribers.len();
        self.numbers.insert(channel.to_owned(), number);
        self.subscribers.push(Vec::new());
        number
    }
}
