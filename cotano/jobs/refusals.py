"""What a person is told when the rules say no."""

from django.utils.functional import Promise


class Refusal(Exception):
    """An act that cannot be done now. `sentence` is for the person, in their language; `status` is the answer's (422 or 409)."""

    def __init__(self, sentence: str | Promise, status: int = 422) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)
        self.status = status


class Held(Refusal):
    """A file that is loaded once a second person has agreed: to the loss of `asks` rows. `counts` and `lists` say what it would do."""

    def __init__(self, sentence: str | Promise, asks: int, counts: dict[str, int], lists: dict[str, list[str]]) -> None:
        super().__init__(sentence, status=409)
        self.asks, self.counts, self.lists = asks, counts, lists
