"""Selenium with ChromeDriver: `selenium_bank.py ADDRESS`."""

from __future__ import annotations

import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from texts import FIELDS, PASSWORD


def main(address: str) -> None:
    """Signs in and sends money, with WebDriver's keys and clicks."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        driver.get(address)
        WebDriverWait(driver, 20).until(lambda it: it.execute_script("return document.body.dataset.ready === 'true'"))
        driver.find_element(By.ID, "password").send_keys(PASSWORD)
        driver.find_element(By.CSS_SELECTOR, "#login .go").click()
        shown = "return !document.querySelector('{}').hidden"
        WebDriverWait(driver, 20).until(
            lambda it: it.execute_script(shown.format("#transfer")) or it.execute_script(shown.format("#refused"))
        )
        if driver.execute_script(shown.format("#transfer")):
            for field, text in FIELDS.items():
                found = driver.find_element(By.ID, field)
                found.click()
                found.send_keys(text)
            driver.find_element(By.ID, "send").click()
            WebDriverWait(driver, 20).until(lambda it: it.execute_script(shown.format("#answer")))
        time.sleep(1.5)
    finally:
        driver.quit()


main(sys.argv[1])
