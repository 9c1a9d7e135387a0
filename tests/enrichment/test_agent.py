from time import thread_time
from timeit import repeat, timeit

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from watchword.enrichment.agent import read_agent

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"


@pytest.mark.parametrize(
    ("text", "browser", "version", "system", "device"),
    [
        (CHROME.format("126.0.0.0"), "Chrome", 126, "Windows", "desktop"),
        (CHROME.format("126.0.0.0") + " Edg/126.0.0.0", "Edge", 126, "Windows", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Mobile/15E148 Safari/604.1", "Mobile Safari", 17, "iOS", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
         "Mobile/15E148 Safari/604.1", "Mobile Safari", 16, "iOS", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.165 Mobile "
         "Safari/537.36", "Chrome Mobile", 125, "Android", "mobile"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X906B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 "
         "Safari/537.36", "Chrome", 125, "Android", "tablet"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox", 127, "Ubuntu",
         "desktop"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36", "Chrome", 126, "Chrome OS", "desktop"),
        ("Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A)", "Android", 13, "Android", "mobile"),
        ("MyBank/3.1 CFNetwork/1410.0.3 Darwin/22.6.0", "MyBank", 3, "iOS", "mobile"),
        ("okhttp/4.12.0", "okhttp", 4, None, "unknown"),
    ],
)  # fmt: skip
def test_people_and_their_apps_are_no_automation(
    text: str, browser: str, version: int, system: str | None, device: str
) -> None:
    agent = read_agent(text)
    assert (agent.browser, agent.browser_version, agent.os, agent.device) == (browser, version, system, device)
    assert (agent.automation, agent.tool) == (None, None)


@pytest.mark.parametrize(
    ("text", "name", "tool"),
    [
        ("curl/8.5.0", "curl", "scripted"), ("Wget/1.21.4", "Wget", "scripted"), ("httpx/0.28", "httpx", "scripted"),
        ("python-requests/2.32.3", "python-requests", "scripted"), ("Python-urllib/3.11", "Python-urllib", "scripted"),
        ("Python/3.11 aiohttp/3.9.5", "Python", "scripted"), ("python-httpx/0.28.1", "python-httpx", "scripted"),
        ("Java/17.0.1", "Java", "scripted"), ("node", "node", "scripted"), ("node-fetch/1.0", "node-fetch", "scripted"),
        ("Go-http-client/2.0", "Go-http-client", "scripted"), ("PostmanRuntime/7.39.0", "PostmanRuntime", "scripted"),
        ("axios/1.7.2", "axios", "scripted"), ("selenium/4.51.0 (python linux)", "selenium", "driven"),
        (CHROME.format("126.0.0.0").replace("Chrome/", "HeadlessChrome/"), "HeadlessChrome", "headless"),
        ("Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
         "PhantomJS", "headless"),
        (CHROME.format("126.0.0.0") + " Cypress/13.1", "Cypress", "driven"),
        (CHROME.format("126.0.0.0") + " Playwright/1.64", "Playwright", "driven"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "bot"),
        ("UptimeRobot/2.0", "UptimeRobot", "bot"), ("", "empty User-Agent", "scripted"),
        ("Mozilla/5.0 zgrab/0.x", "zgrab", "scripted"), ("Mozilla/5.0 (Hydra)", "Hydra", "scripted"),
    ],
)  # fmt: skip
def test_tools_are_named_with_their_sort(text: str, name: str, tool: str) -> None:
    agent = read_agent(text)
    assert (agent.automation, agent.tool) == (name, tool)


def test_an_absent_user_agent_says_nothing() -> None:
    assert read_agent(None).tool is None


def test_every_example_of_the_crawler_list_is_recognised_but_apps() -> None:
    missed = {
        entry["pattern"]
        for entry in CRAWLER_USER_AGENTS_DATA
        for text in entry["instances"]
        if read_agent(text).automation is None
    }
    apps = {"okhttp", "HttpUrlConnection", "Amazon CloudFront", "Salesforce\\.com", "Code\\/1\\.", "Fluid", "Jetty"}
    assert missed <= apps


def test_reading_is_quick_and_cached() -> None:
    fresh = [CHROME.format(f"{n}.0.0.0") for n in range(1000, 1500)]
    read_agent(fresh[0])
    assert timeit(lambda: [read_agent(text) for text in fresh], timer=thread_time, number=1) / len(fresh) < 100e-6
    assert min(repeat(lambda: read_agent(fresh[0]), timer=thread_time, number=10_000)) / 10_000 < 2e-6
