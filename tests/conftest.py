"""What every test is given; one module of `fixtures` for each kind of thing."""

import os

import hypothesis

pytest_plugins = (
    "fixtures.missing",
    "fixtures.shared_data",
    "fixtures.mariadb",
    "fixtures.postgresql",
    "fixtures.stores",
    "fixtures.workplace",
    "fixtures.servers",
    "fixtures.browser",
    "fixtures.mail_house",
    "fixtures.published",
    "fixtures.two_departments",
)

# The developer's own settings must not colour a test; programs that a test starts inherit this.
for _name in [name for name in os.environ if name.startswith("LODGE_")]:
    if not _name.startswith("LODGE_TEST_"):
        del os.environ[_name]

# No tool under test tells anybody that it ran.
os.environ |= {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}

# How long a case takes says more of the machine than of the code.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
