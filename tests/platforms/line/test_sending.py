"""The interface between the line package and a platform."""

from bot.platforms.line.sending import Delivery, Outgoing, Sender
from tests.platforms.line.tiny_platform import Server, TinyDelivery


def test_a_platform_is_a_sender_and_its_deliveries() -> None:
    sender: Sender = Server()
    delivery: Delivery = TinyDelivery(Server(), "1")
    assert callable(sender.delivery)
    assert callable(delivery.post)


def test_a_message_has_no_buttons_and_no_files_unless_it_says_so() -> None:
    message = Outgoing(text="hello")
    assert message.reply is None
    assert not message.files
    assert not message.streaming
