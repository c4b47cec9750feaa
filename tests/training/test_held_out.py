"""No document may contain the evaluation's sentences."""

from training import held_out


def test_a_document_with_a_message_or_a_scene_line_of_the_evaluation_is_found() -> None:
    assert held_out.found("User: Why is the sea salty?\n\nAssistant: Because of salt.\n\n")
    assert held_out.found("Mira: There is mud on your boots.\n\n")
    assert held_out.found("Anna and Grimm are hiding in a wine cellar.\n\n")
    assert held_out.found("User: The ferry over the Lume costs two silver buttons.\n\n"), "of the blind set"
    assert held_out.found("User: Tell me!\n\nAssistant: She never sleeps. He never breaks his word.\n\n"), "part of one"
    assert held_out.found("User: 狗能吃葡萄吗？\n\nAssistant: 不能。\n\n")
    assert not held_out.found("User: hello!\n\nAssistant: Oh!\n\n"), "an answer or a call is no sentence of its own"
    assert not held_out.found("User: why is the sky blue?\n\nAssistant: Because the air scatters blue light.\n\n")
