"""The resource `article-folders`: a tree in each department."""

from lodge_core.api.article_collections import FOLDERS, folder_for
from lodge_core.api.asking import named
from lodge_core.api.bodies_of_articles import ChangedFolder, NewFolder
from lodge_core.articles import folders
from lodge_core.articles.folders import FolderEdit
from lodge_platform.api import Answer, Api, Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("articles", "What people know and insert in answers, in folders, every version kept.")
api.collection(FOLDERS)
_ONE = "/article-folders/{article_folder_id}"


@api.post(
    "/article-folders", action=Action.ARTICLE_WRITE, body=NewFolder, answer=FOLDERS, status=201
)
def create_article_folder(call: Call, body: NewFolder, work: Work) -> Answer:
    """Make a folder for articles.

    A folder within another is of that one's department.
    """
    department_id = body.department_id or call.reader.department_id
    if body.parent_folder_id is not None:
        parent = named(call, FOLDERS, body.parent_folder_id, field="parent_folder_id")
        department_id = body.department_id or parent.department_id
    call.require(Action.ARTICLE_WRITE, department_id)
    key = folders.create_folder(
        work, body.name, department_id=department_id, parent_folder_id=body.parent_folder_id
    )
    return call.created(FOLDERS, key)


@api.patch(_ONE, action=Action.ARTICLE_WRITE, body=ChangedFolder, answer=FOLDERS)
def change_article_folder(call: Call, body: ChangedFolder, work: Work) -> Answer:
    """Rename a folder, or put it into another of the same department."""
    key = call.key("article_folder_id")
    folder_for(call, key, Action.ARTICLE_WRITE)
    edit = FolderEdit(name=body.name, parent_folder_id=body.parent_folder_id)
    folders.edit_folder(work, key, edit, expected=call.match)
    return call.one(FOLDERS, key)


@api.delete(_ONE, action=Action.ARTICLE_WRITE, refusals=("conflict",))
def delete_article_folder(call: Call, work: Work) -> Answer:
    """Delete an empty folder."""
    key = call.key("article_folder_id")
    folder_for(call, key, Action.ARTICLE_WRITE)
    folders.delete_folder(work, key, expected=call.match)
    return call.nothing()
