"""The browser of the tests opens the product's pages and holds what the console says against them."""

from django.urls import reverse

INLINE_SCRIPT = (
    "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))"
)


def test_a_page_opens_and_axe_has_nothing_to_say(page, axe):
    page.goto(reverse("sign_in"))
    assert page.url.startswith("http://acme.localhost:")
    assert page.locator("h1").count() == 1
    axe(page)


def test_what_the_console_says_is_kept_against_the_page(page, console):
    page.goto(reverse("sign_in"))
    page.evaluate("console.error('it broke')")
    assert console[0].startswith("it broke")
    console.clear()
    page.evaluate(INLINE_SCRIPT)
    page.wait_for_timeout(50)
    assert "Content Security Policy" in console[0]
    assert not page.evaluate("window.ran")
    console.clear()


def test_another_tenant_answers_at_its_own_host(page, site):
    page.goto(site.url(reverse("sign_in"), tenant="globex"))
    assert page.url.startswith("http://globex.localhost:")
