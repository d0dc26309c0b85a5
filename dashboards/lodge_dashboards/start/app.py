"""The dashboards' server: `streamlit run dashboards/lodge_dashboards/start/app.py`."""

from starlette.middleware import Middleware
from streamlit import App

from lodge_dashboards.answers import Answers

app = App("page.py", middleware=[Middleware(Answers)])
