# SPDX-License-Identifier: Apache-2.0
"""Every address of the desk. A test walks this list with every role."""

from __future__ import annotations

from django.urls import include, path

from plainview.desk import accounts, assets, board, deciding, hiding, looking, people, releases, sync, uploads, words
from plainview.desk.guard import broken, missing

urlpatterns = [
    path("", board.cases, name="cases"),
    path("new/", board.new_case, name="new-case"),
    path("people/", people.everybody, name="people"),
    path("people/give", people.give, name="give"),
    path("people/take", people.take, name="take"),
    path("people/account", people.account, name="make-account"),
    path("mine/", people.mine, name="mine"),
    path("account/", include("allauth.urls")),
    path("welcome/<str:key>/<str:token>/", accounts.welcome, name="welcome"),
    path("static/<path:name>", assets.static, name="static"),
    path("case/<str:case>/", board.board, name="board"),
    path("case/<str:case>/decide", deciding.decide, name="decide"),
    path("case/<str:case>/exhibits/", board.exhibits, name="exhibits"),
    path("case/<str:case>/exhibit/<str:exhibit>/", board.exhibit, name="exhibit"),
    path("case/<str:case>/exhibit/<str:exhibit>/look", looking.look, name="look"),
    path("case/<str:case>/exhibit/<str:exhibit>/watched", looking.watched, name="watched"),
    path("case/<str:case>/exhibit/<str:exhibit>/original/<str:ticket>", looking.original, name="original"),
    path("case/<str:case>/exhibit/<str:exhibit>/picture/<str:ticket>", looking.picture, name="picture"),
    path("case/<str:case>/exhibit/<str:exhibit>/preview/<str:ticket>", looking.preview, name="preview-one"),
    path("case/<str:case>/log/", board.log, name="log"),
    path("case/<str:case>/decisions/", board.decisions, name="decisions"),
    path("case/<str:case>/holdings/", board.holdings, name="holdings"),
    path("case/<str:case>/dates/", board.dates, name="dates"),
    path("case/<str:case>/sync/", sync.view, name="sync"),
    path("case/<str:case>/hide/", hiding.overview, name="hide"),
    path("case/<str:case>/hide/terms/", hiding.terms, name="terms"),
    path("case/<str:case>/hide/<str:exhibit>/", hiding.exhibit, name="hide-exhibit"),
    path("case/<str:case>/studio/<str:exhibit>/", hiding.studio, name="studio"),
    path("case/<str:case>/paper/<str:exhibit>/<int:page>/", hiding.paper, name="paper"),
    path("case/<str:case>/transcript/", words.transcript, name="transcript"),
    path("case/<str:case>/moments/", words.moments, name="moments"),
    path("case/<str:case>/statements/", words.statements, name="statements"),
    path("case/<str:case>/statements/cite", words.cite, name="cite"),
    path("case/<str:case>/page/", words.page, name="page"),
    path("case/<str:case>/uploads/", uploads.inbox, name="uploads"),
    path("case/<str:case>/uploads/new", uploads.create, name="upload-new"),
    path("case/<str:case>/uploads/<str:upload>", uploads.piece, name="upload"),
    path("case/<str:case>/uploads/<str:upload>/take", uploads.take, name="upload-take"),
    path("case/<str:case>/run", releases.run, name="run"),
    path("case/<str:case>/release/", releases.checklist, name="release"),
    path("case/<str:case>/release/approve", releases.approve, name="approve"),
    path("case/<str:case>/release/publish", releases.publish, name="publish"),
    path("case/<str:case>/release/withdraw", releases.withdraw, name="withdraw"),
    path("case/<str:case>/release/preview/<path:name>", releases.preview, name="preview"),
]

handler404, handler500 = missing, broken
