"""Write an article and publish it: LODGE_URL, LODGE_KEY, folder, title, and its HTML on stdin."""

import os
import sys

from lodge_client.api.articles import (
    create_article,
    create_article_folder,
    list_article_folders,
    publish_article,
)
from lodge_client.asking import connect, done, etag
from lodge_client.models import NewArticleBody, NewFolder, Publishing


def main(folder_name: str, title: str, html: str) -> None:
    client = connect(os.environ["LODGE_URL"], os.environ["LODGE_KEY"])
    folders = done(list_article_folders.sync(client=client, name=folder_name)).items
    folder = (
        folders[0]
        if folders
        else done(create_article_folder.sync(client=client, body=NewFolder(name=folder_name)))
    )
    draft = create_article.sync_detailed(
        client=client,
        body=NewArticleBody(article_folder_id=folder.article_folder_id, title=title, html=html),
    )
    article = done(draft.parsed)
    done(
        publish_article.sync(
            article.article_id, client=client, body=Publishing(), if_match=etag(draft)
        )
    )
    print(f"article {article.article_id}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.stdin.read())
