"""No document may hold what the evaluation says or asks."""

from training import held_out


def test_a_document_with_a_message_or_a_scene_line_of_the_evaluation_is_found() -> None:
    assert held_out.found("User: Why is the sea salty?\n\nAssistant: Because of salt.\n\n")
    assert held_out.found("Mira: There is mud on your boots.\n\n")
    assert held_out.found("Anna and Grimm are hiding in a wine cellar.\n\n")
    assert not held_out.found("User: why is the sky blue?\n\nAssistant: Because the air scatters blue light.\n\n")
