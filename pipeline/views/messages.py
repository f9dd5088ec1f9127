"""A message to a lead: a template is chosen, its fields are filled, a messenger opens with the text."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from cotano.lib import text
from leads import messages
from leads.models import Lead, MessageTemplate
from leads.template_forms import MessageForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The templates as they would read, each with the preferred messenger; `template`: one of them with all messengers.

    `named` is one by its name, in the language that suits. What is posted is the text with other words: nothing is written, the
    messengers get that text.
    """
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user"), pk=pk)
    context: dict[str, object] = {"lead": lead, "sentence": messages.refuse_sentence(lead)}
    number, named = text.number(request.GET.get("template", "")), request.GET.get("named", "")
    if context["sentence"]:
        pass
    elif number is not None:
        offered = MessageTemplate.objects.offered_to(lead.owner)
        context |= _one(request, lead, get_object_or_404(offered, pk=number))
    elif named and (found := messages.by_name(lead.owner, request.user.language, named)):
        context |= _one(request, lead, found)
    else:
        context |= _choices(request, lead)
    return render(request, "pipeline/_message.html" if request.htmx else "pipeline/message.html", context)


def _choices(request: HttpRequest, lead: Lead) -> dict[str, object]:
    """Every template with the text it would be and the way it would go."""
    facts = messages.facts(lead, lead.owner)
    choices = []
    for template in messages.offered(lead.owner, request.user.language):
        said = messages.fill(template.text, facts.values(template.language))
        ways = messages.ways(lead, said.text, subject=template.name)
        choices.append({"template": template, "text": said.text, "way": ways[0] if ways and not said.gaps else None})
    return {"choices": choices, "reachable": bool(messages.ways(lead, ""))}


def _one(request: HttpRequest, lead: Lead, template: MessageTemplate) -> dict[str, object]:
    said = messages.fill(template.text, messages.facts(lead, lead.owner).values(template.language))
    form = MessageForm(request.POST) if request.method == "POST" else None
    words, gaps = said.text, said.gaps
    if form and form.is_valid() and (typed := text.many_lines(form.cleaned_data["text"])):
        words, gaps = typed, []
    ways = messages.ways(lead, words, subject=template.name)
    return {"template": template, "text": words, "gaps": [f"{{{name}}}" for name in gaps], "ways": ways, "reachable": bool(ways)}
