"""files.*: upload in three steps (ask for a place, put the bytes there, share)."""

import base64
from typing import Any

from aiohttp import web

from bot.sandbox.errors import ApiError
from bot.sandbox.messages import checked_blocks
from bot.sandbox.web_api_call import Call, Json, Method
from bot.sandbox.world import World


def upload_url(call: Call) -> Json:
    name = call.text("filename")
    try:
        length = int(call.text("length"))
    except ValueError:
        raise ApiError("invalid_arguments") from None
    if length < 1:
        raise ApiError("invalid_arguments")
    file_id = call.workspace.ids.next("F")
    call.workspace.save_file(
        {
            "id": file_id,
            "name": name,
            "title": name,
            "size": length,
            "alt_txt": call.maybe("alt_txt") or "",
            "user": call.workspace.bot_user_id,
            "created": call.workspace.unix(),
            "content": None,
            "shared": False,
        }
    )
    return {"upload_url": f"{call.world.url}/upload/{file_id}", "file_id": file_id}


async def upload(request: web.Request, world: World) -> web.Response:
    """POST /upload/<file id>: the bytes, raw or as the file of a form."""
    file = world.workspace.files.get(request.match_info["file"])
    if file is None:
        return web.Response(status=404, text="no such upload")
    if request.content_type == "multipart/form-data":
        parts: list[Any] = [part for part in (await request.post()).values() if not isinstance(part, str)]
        content = parts[0].file.read() if parts else b""
    else:
        content = await request.read()
    if len(content) != file["size"]:
        return web.Response(status=400, text=f"expected {file['size']} bytes, got {len(content)}")
    world.workspace.save_file({**file, "content": base64.b64encode(content).decode()})
    return web.Response(text=f"OK - {len(content)}")


def complete(call: Call) -> Json:
    listed = call.args.get("files")
    if not isinstance(listed, list) or not listed:
        raise ApiError("invalid_arguments")
    files = []
    for one in listed:
        file = call.workspace.files.get(str(one.get("id")) if isinstance(one, dict) else "")
        if file is None or file["content"] is None:
            raise ApiError("file_not_found")
        if file["shared"]:
            raise ApiError("file_already_shared")
        files.append({**file, "title": one.get("title") or file["name"]})
    channel = call.maybe("channel_id") or next(iter(call.names("channels", "")), None)
    if channel:
        _share(Call(call.world, call.method, {**call.args, "channel": channel}), files)
    for file in files:
        call.workspace.save_file({**file, "shared": bool(channel)})
    return {"files": [{"id": file["id"], "title": file["title"]} for file in files]}


def _share(call: Call, files: list[Json]) -> None:
    channel = call.member_channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    message: Json = {
        "user": call.workspace.bot_user_id,
        "bot_id": call.workspace.bot_id,
        "app_id": call.workspace.app_id,
        "subtype": "file_share",
        "text": call.maybe("initial_comment") or "",
        "upload": True,
        "files": [
            {
                **{key: file[key] for key in ("id", "name", "title", "size", "user", "created", "alt_txt")},
                "url_private": f"{call.world.url}/sandbox/file/{file['id']}",
            }
            for file in files
        ],
    }
    if call.args.get("blocks"):
        message["blocks"] = checked_blocks(call.workspace, call.args["blocks"])
    thread = call.maybe("thread_ts")
    if thread:
        if call.workspace.message(channel, thread) is None:
            raise ApiError("thread_not_found")
        message["thread_ts"] = thread
    call.world.events.message(channel, call.workspace.post(channel, message))


METHODS = {
    "files.getUploadURLExternal": Method(upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete, "files:write"),
}
