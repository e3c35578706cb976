"""Accounts and logins."""

from functools import partial
from typing import Final

from mockserver.core.account import Declaration, require_email
from mockserver.core.operation import Operation
from mockserver.http.api import views
from mockserver.http.api.answers import Answer, ok
from mockserver.http.api.bodies import ForgottenBody, LoginForm, SignupBody, read_form, read_json
from mockserver.http.api.request import ApiEndpoint, ApiRequest


def signup(request: ApiRequest) -> Answer:
    """Open an account."""
    body = read_json(request.sent, SignupBody)
    credits_ = request.world.scenario.wallet.signup_credits
    declaration = Declaration(email=body.email, password=body.password, full_name=body.full_name, credits=credits_)
    return ok(views.user(request.world, request.world.accounts.sign_up(declaration, request.number)), 201)


SIGNUP: Final = partial(
    ApiEndpoint,
    operation=Operation.SIGNUP,
    answer=signup,
    success=201,
    errors=(400,),
    summary="Open an account",
    source="The reference names the route; what it takes and answers is assumed.",
    body=SignupBody,
    view=views.User,
)


def login(request: ApiRequest) -> Answer:
    """Exchange e-mail and password for a token."""
    form = read_form(request.sent, LoginForm)
    return ok(views.Token(request.world.accounts.log_in(request.email or form.username, form.password)))


LOGIN: Final = partial(
    ApiEndpoint,
    operation=Operation.LOGIN,
    answer=login,
    documented=True,
    errors=(400, 401),
    summary="Exchange e-mail and password for a token",
    source='API reference, "Authentication".',
    body=LoginForm,
    form=True,
    view=views.Token,
)


def me(request: ApiRequest) -> Answer:
    """Show the caller's account."""
    return ok(views.user(request.world, request.account))


ME: Final = partial(
    ApiEndpoint,
    operation=Operation.ME,
    answer=me,
    errors=(401,),
    summary="Show your account",
    source="The reference names the route; what it answers is assumed.",
    view=views.User,
)


def forgot_password(request: ApiRequest) -> Answer:
    """Answer the same for every address, so that the answer does not tell whether it has an account."""
    require_email(read_json(request.sent, ForgottenBody).email)
    return ok(views.Detail("If this address has an account, a link to set a new password is on its way"))


FORGOT_PASSWORD: Final = partial(
    ApiEndpoint,
    operation=Operation.FORGOT_PASSWORD,
    answer=forgot_password,
    errors=(400,),
    summary="Ask for a new password",
    source="The reference names the route; what it takes and answers is assumed, the same for every address.",
    body=ForgottenBody,
    view=views.Detail,
)
