"""The real PyPI `pusher` SDK as the publisher."""

import unittest

import pusher
from pusher.errors import PusherBadAuth, PusherBadRequest, PusherBadStatus

from harness import HOST, Receiver, Server, Wire


class ThePythonSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, f"exit code {code}"

    def sdk(self, **options):
        server = self.server
        defaults = {"app_id": server.app_id, "key": server.key, "secret": server.secret}
        return pusher.Pusher(**{**defaults, **options}, host=HOST, port=server.port, ssl=False)

    def wire(self):
        wire = Wire(self.server)
        self.addCleanup(wire.close)
        return wire

    def test_243_trigger_on_one_channel_delivers(self):
        wire = self.wire().join("news")
        self.assertEqual(self.sdk().trigger("news", "hello", {"a": "é"}), {})
        self.assertEqual(wire.expect("hello")["channel"], "news")

    def test_data_arrives_as_the_sdk_wrote_it(self):
        wire = self.wire().join("news")
        self.sdk().trigger("news", "hello", "日本 🎉")
        self.assertEqual(wire.expect("hello")["data"], "日本 🎉")

    def test_243_trigger_on_100_channels_delivers(self):
        wire = self.wire().join("many-0").join("many-99")
        self.sdk().trigger([f"many-{n}" for n in range(100)], "hello", {})
        self.assertEqual({wire.expect("hello")["channel"] for _ in range(2)}, {"many-0", "many-99"})

    def test_194_trigger_excludes_a_socket(self):
        one, two = self.wire().join("news"), self.wire().join("news")
        self.sdk().trigger("news", "hello", {}, one.socket_id)
        two.expect("hello")
        self.sdk().trigger("news", "marker", {})
        one.expect("marker")

    def test_243_trigger_batch_delivers_in_order(self):
        wire = self.wire().join("batch")
        batch = [{"channel": "batch", "name": f"e{n}", "data": {"n": n}} for n in range(10)]
        self.assertEqual(self.sdk().trigger_batch(batch), {})
        for n in range(10):
            wire.expect(f"e{n}")

    def test_203_trigger_batch_answers_info(self):
        self.wire().join("presence-batch", user_id="a")
        batch = [
            {"channel": "presence-batch", "name": "e", "data": "x", "info": "user_count"},
            {"channel": "batch", "name": "e", "data": "x"},
        ]
        self.assertEqual(self.sdk().trigger_batch(batch), {"batch": [{"user_count": 1}, {}]})

    def test_202_trigger_batch_of_11_is_a_bad_request(self):
        batch = [{"channel": "batch", "name": "e", "data": "x"} for _ in range(11)]
        self.assertRaises(PusherBadRequest, self.sdk().trigger_batch, batch)

    def test_167_channels_info_sends_body_md5_with_get(self):
        self.wire().join("presence-listed", user_id="a")
        answer = self.sdk().channels_info("presence-listed", ["user_count"])
        self.assertEqual(answer, {"channels": {"presence-listed": {"user_count": 1}}})

    def test_208_channels_info_of_nothing_is_an_empty_object(self):
        self.assertEqual(self.sdk().channels_info("nothing-"), {"channels": {}})

    def test_243_channel_info_counts(self):
        self.wire().join("presence-one", user_id="a")
        answer = self.sdk().channel_info("presence-one", ["user_count", "subscription_count"])
        self.assertEqual(answer, {"occupied": True, "user_count": 1, "subscription_count": 1})
        self.assertEqual(self.sdk().channel_info("unknown"), {"occupied": False})

    def test_243_users_info_lists_members(self):
        self.wire().join("presence-users", user_id=7)
        self.assertEqual(self.sdk().users_info("presence-users"), {"users": [{"id": "7"}]})
        self.assertEqual(self.sdk().users_info("presence-nobody"), {"users": []})

    def test_179_terminate_user_connections_works_in_spite_of_its_path(self):
        one, other = self.wire().signin("user@1"), self.wire().signin("other")
        self.assertEqual(self.sdk().terminate_user_connections("user@1"), {})
        self.assertEqual(one.close_code(), 4009)
        other.quiet()

    def test_send_to_user_delivers_to_the_user_alone(self):
        one, other = self.wire().signin("ann"), self.wire().signin("bob")
        self.assertEqual(self.sdk().send_to_user("ann", "hello", {"n": 1}), {})
        one.expect("hello")
        other.quiet()

    def test_authenticate_is_accepted(self):
        wire = self.wire()
        member = {"user_id": 10, "user_info": {"name": "Mr. Ünï"}}
        signed = self.sdk().authenticate("presence-room", wire.socket_id, member)
        wire.send("pusher:subscribe", {"channel": "presence-room", **signed})
        wire.expect("pusher_internal:subscription_succeeded")

    def test_authenticate_user_is_accepted(self):
        wire = self.wire()
        wire.send("pusher:signin", self.sdk().authenticate_user(wire.socket_id, {"id": "carol"}))
        wire.expect("pusher:signin_success")

    def test_a_wrong_secret_is_a_bad_auth(self):
        self.assertRaises(PusherBadAuth, self.sdk(secret="wrong").trigger, "news", "hello", {})

    def test_too_much_data_is_told(self):
        self.assertRaises(PusherBadStatus, self.sdk().trigger, "news", "hello", "x" * 10_241)


class WebhooksReadByThePythonSdk(unittest.TestCase):
    def test_225_validate_webhook_takes_a_request_and_refuses_a_changed_one(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        server = Server({"GEMA_APP_WEBHOOK_URL": receiver.url})
        self.addCleanup(server.stop)
        wire = Wire(server)
        self.addCleanup(wire.close)
        wire.join("presence-room", user_id="u1")
        key, signature, body = receiver.next()
        sdk = pusher.Pusher(app_id=server.app_id, key=server.key, secret=server.secret)
        webhook = sdk.validate_webhook(key, signature, body)
        events = [{name: value for name, value in event.items() if name != "id"} for event in webhook["events"]]
        occupied = {"name": "channel_occupied", "channel": "presence-room"}
        added = {"name": "member_added", "channel": "presence-room", "user_id": "u1"}
        self.assertEqual(events, [occupied, added])
        self.assertIsNone(sdk.validate_webhook(key, signature, body + " "))
        self.assertIsNone(sdk.validate_webhook("other", signature, body))


if __name__ == "__main__":
    unittest.main(verbosity=2)
