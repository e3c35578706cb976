"""Accounts and logins."""

from mockserver.core.account import Declaration, require_email
from mockserver.http.api import views
from mockserver.http.api.bodies import ForgottenBody, LoginForm, SignupBody, read_form, read_json
from mockserver.http.call import Answer, Call


def signup(call: Call) -> Answer:
    """Open an account."""
    body = read_json(call.request, SignupBody)
    credits_ = call.world.scenario.wallet.signup_credits
    declaration = Declaration(email=body.email, password=body.password, full_name=body.full_name, credits=credits_)
    return views.ok(views.user(call.world, call.world.accounts.sign_up(declaration, call.number)), 201)


def login(call: Call) -> Answer:
    """Exchange e-mail and password for a token."""
    form = read_form(call.request, LoginForm)
    return views.ok(views.Token(call.world.accounts.log_in(call.email or form.username, form.password)))


def me(call: Call) -> Answer:
    """Show the caller's account."""
    return views.ok(views.user(call.world, call.account))


def forgot_password(call: Call) -> Answer:
    """Answer the same for every address, so that nobody learns who has an account."""
    require_email(read_json(call.request, ForgottenBody).email)
    return views.ok(views.Detail("If this address has an account, a link to set a new password is on its way"))
