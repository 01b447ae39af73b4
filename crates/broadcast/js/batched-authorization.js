/**
 * One authorization request for all channels that are subscribed to at once, as after every reconnect.
 *
 * For the option `channelAuthorization` of pusher-js, and of Laravel Echo, which passes it on:
 * `{ channelAuthorization: { customHandler: batchedAuthorization("/broadcasting/auth", headers) } }`, where `headers` is
 * a function that returns the headers of the moment, such as `Authorization`.
 */
export function batchedAuthorization(endpoint, headers = () => ({})) {
  const limit = 100; // as many channels as the server takes in one request
  const waiting = new Map(); // by socket id

  async function ask(socketId, asked) {
    const names = asked.map(({ channelName }) => channelName);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers() },
      body: JSON.stringify({ socket_id: socketId, channel_names: names }),
    });
    const answer = await response.json();
    // A refusal of the request as a whole is one of each channel.
    return (name) => answer.channels?.[name] ?? { status: response.status, message: answer.message };
  }

  async function answer(socketId, asked) {
    const answerOf = await ask(socketId, asked).catch(({ message }) => () => ({ message }));
    for (const { channelName, callback } of asked) {
      const { status, message, ...grant } = answerOf(channelName);
      if (status === 200) callback(null, grant);
      else callback(new Error(`${channelName} is refused: ${[status, message].filter(Boolean).join(' ')}`), null);
    }
  }

  function flush(socketId) {
    const asked = waiting.get(socketId);
    waiting.delete(socketId);
    while (asked.length > 0) answer(socketId, asked.splice(0, limit));
  }

  return ({ socketId, channelName }, callback) => {
    if (!waiting.has(socketId)) {
      waiting.set(socketId, []);
      setTimeout(flush, 0, socketId);
    }
    waiting.get(socketId).push({ channelName, callback });
  };
}
