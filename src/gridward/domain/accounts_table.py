"""The policy: who may do what, to whose things. One row per action, one column per role (:data:`COLUMNS`).

Letters are the relations of the acting person to the thing: ``o`` own (reported it, or is it), ``g`` own grid, ``u``
own unit (the ticket is with that unit now), ``a`` own area (community or jurisdiction of the role), ``x`` any thing
of the same jurisdiction, ``.`` never. Nothing reaches into another jurisdiction. What has no row nobody may do.
The last column says what the program may do by itself (the rules, the sweep) or for whoever works at its command line.
"""

from __future__ import annotations

COLUMNS = (
    "volunteer steward liaison unit_worker unit_lead dispatcher shift_leader supervisor "
    "system_admin security_admin audit_admin program"
)

POLICY_TABLE = """
action                       vol  ste  lia  wor  lea  dis  shi  sup  sys  sec  aud  prg

report:file                  oax  ogax oax  oux  oux  oax  oax  .    .    .    .    .
report:file_on_behalf        .    .    .    .    .    oax  oax  .    .    .    .    x
report:self_resolve          oax  ogax .    .    .    .    .    .    .    .    .    .
report:read                  o    o    o    o    o    oa   oa   oa   .    .    .    .

ticket:read_outline          oa   oga  oa   ou   ou   oa   oa   oa   .    .    .    x
ticket:read                  o    oga  o    ou   ou   oa   oa   oa   .    .    .    x
ticket:read_clocks           .    ga   .    u    u    a    a    a    .    .    .    x
ticket:read_routing          .    g    .    u    u    a    a    a    .    .    .    x
ticket:read_reporter         o    o    o    o    o    a    a    .    .    .    .    x
ticket:read_unit_note        .    ga   .    u    u    a    a    a    .    .    .    x
ticket:read_internal_note    .    g    .    .    .    a    a    a    .    .    .    x
ticket:read_trays            .    .    .    .    .    a    a    a    .    .    .    x
ticket:lease                 .    .    .    .    .    a    a    a    .    .    .    .
saved_view:read              .    .    .    .    .    ax   ax   ax   .    .    .    .
saved_view:keep              .    .    .    .    .    o    o    o    .    .    .    .
phrase:read                  .    .    .    .    .    ax   ax   ax   .    .    .    .
phrase:keep                  .    .    .    .    .    .    ax   ax   .    .    .    .

ticket:join                  oa   oga  oa   ou   ou   a    a    .    .    .    .    x
ticket:ask_more              .    .    .    .    .    a    a    .    .    .    .    .
ticket:answer_more           o    o    o    o    o    a    a    .    .    .    .    .
ticket:ask_check             .    .    .    .    .    a    a    .    .    .    .    x
ticket:check                 .    ga   .    .    .    .    .    .    .    .    .    .
ticket:accept                .    .    .    .    .    a    a    .    .    .    .    x
ticket:reject                .    .    .    .    .    a    a    .    .    .    .    .
ticket:withdraw              o    o    o    o    o    o    o    .    .    .    .    .
ticket:correct               .    .    .    .    .    a    a    .    .    .    .    .
ticket:cancel                .    .    .    .    .    a    a    .    .    .    .    .
ticket:ask_restore           o    o    o    o    o    .    .    .    .    .    .    .
ticket:restore               .    .    .    .    .    a    a    .    .    .    .    .
ticket:assign                .    .    .    .    .    a    a    .    .    .    .    x
ticket:hand                  .    .    .    .    u    .    .    .    .    .    .    .
ticket:acknowledge           .    .    .    u    u    a    a    .    .    .    .    .
ticket:arrive                .    .    .    u    u    a    a    .    .    .    .    .
ticket:reach                 .    .    .    u    u    a    a    .    .    .    .    .
ticket:ask_send_back         .    .    .    u    u    a    a    .    .    .    .    .
ticket:send_back             .    .    .    .    .    a    a    .    .    .    .    .
ticket:refuse_send_back      .    .    .    .    .    a    a    .    .    .    .    .
ticket:resolve               .    .    .    u    u    a    a    .    .    .    .    .
ticket:verify                .    ga   .    .    .    a    a    .    .    .    .    .
ticket:rework                .    ga   .    .    .    a    a    .    .    .    .    .
ticket:accept_late           .    .    .    .    .    .    .    a    .    .    .    .
ticket:ask_reopen            o    o    oa   o    o    o    o    .    .    .    .    .
ticket:reopen                .    .    .    .    .    a    a    .    .    .    .    .
ticket:refuse_reopen         .    .    .    .    .    a    a    .    .    .    .    .
ticket:rate                  o    o    o    o    o    .    .    .    .    .    .    .
ticket:ask_extend            .    .    .    u    u    a    a    .    .    .    .    .
ticket:ask_defer             .    .    .    u    u    a    a    .    .    .    .    .
ticket:ask_shelve            .    .    .    u    u    a    a    .    .    .    .    .
ticket:grant                 .    .    .    .    .    a    a    a    .    .    .    .
ticket:refuse                .    .    .    .    .    a    a    a    .    .    .    .
ticket:withdraw_request      o    o    o    ou   ou   oa   oa   .    .    .    .    .
ticket:resume                .    .    .    u    u    a    a    a    .    .    .    x
ticket:split                 .    .    .    .    .    a    a    .    .    .    .    .
ticket:keep_split            .    .    .    .    .    .    .    .    .    .    .    x
ticket:import                .    .    .    .    .    .    .    .    .    .    .    x
ticket:merge                 .    .    .    .    .    a    a    .    .    .    .    .
ticket:unmerge               .    .    .    .    .    a    a    .    .    .    .    .
ticket:note                  oa   oga  oa   ou   ou   oa   oa   oa   .    .    .    .
ticket:add_photo             oa   oga  oa   ou   ou   oa   oa   oa   .    .    .    .
ticket:hide_photo            .    .    .    .    .    a    a    .    .    .    .    .
ticket:urge                  .    .    .    .    .    a    a    .    .    .    .    .
ticket:supervise             .    .    .    .    .    .    .    a    .    .    .    .
ticket:answer_supervision    .    .    .    .    u    a    a    .    .    .    .    .
ticket:rule_shirking         .    .    .    .    .    .    .    a    .    .    .    .
ticket:appeal                .    .    .    .    u    a    a    .    .    .    .    .
ticket:exempt                .    .    .    .    .    .    .    a    .    .    .    .
ticket:refuse_appeal         .    .    .    .    .    .    .    a    .    .    .    .
ticket:close_unverified      .    .    .    .    .    .    a    .    .    .    .    .
ticket:close_informed        .    .    .    .    .    a    a    .    .    .    .    .
ticket:force_close           .    .    .    .    .    .    .    a    .    .    .    .
ticket:suspend               .    .    .    .    .    .    .    a    .    .    .    x
suspension:read              .    .    .    .    .    ax   ax   ax   .    .    .    .
unit:day_list                .    .    .    u    u    .    .    .    .    .    .    .
supervision:read             .    .    .    .    u    a    a    a    .    .    .    .
cause:read                   .    .    .    .    .    a    a    a    .    .    .    .
cause:read_of_building       o    o    o    .    .    .    .    .    .    .    .    .
cause:decide                 .    .    .    .    .    a    a    .    .    .    .    .
cause:set_rule               .    .    .    .    .    .    a    a    a    .    .    .

photo:send                   o    o    o    o    o    o    o    o    .    .    .    x
photo:read                   o    oga  o    ou   ou   oa   oa   oa   .    .    .    x
photo:read_thumbnail         oa   oga  oa   ou   ou   oa   oa   oa   .    .    .    x

duty:read                    .    gax  .    ux   ux   ax   ax   ax   .    .    .    .
duty:read_handover           .    .    .    .    .    ax   ax   ax   .    .    .    .
duty:write                   .    .    .    .    .    a    a    .    .    .    .    .
unit_link:share              .    .    .    .    .    a    a    .    .    .    .    .

progress:share               o    og   o    o    o    oa   oa   .    .    .    .    .
progress:take_back           .    .    .    .    .    a    a    .    .    .    .    .
progress:clear               .    g    .    .    .    a    a    .    .    .    .    .

scope:read                   o    o    o    o    o    o    o    o    o    o    o    .
feed:read                    o    o    o    o    o    o    o    o    o    o    o    .
notification:read            o    o    o    o    o    o    o    o    o    o    o    .
notification:wish            o    o    o    o    o    o    o    o    o    o    o    .
push:subscribe               o    o    o    o    o    o    o    o    o    o    o    .
territory:read               ax   gax  ax   ux   ux   ax   ax   ax   ax   ax   ax   x
territory:read_service_area  .    gax  .    ux   ux   ax   ax   ax   ax   .    ax   x
territory:publish            .    .    .    .    .    .    .    .    a    .    .    x
territory:read_changes       .    .    .    .    .    ax   ax   ax   ax   .    ax   .
figures:read                 .    .    .    .    u    a    a    a    .    .    a    .
figures:export               .    .    .    .    u    a    a    a    .    .    .    .
figures:read_person          .    .    .    .    u    .    .    a    .    .    .    .
figures:suppose              .    .    .    .    .    .    .    a    .    .    .    .
territory:count              .    .    .    .    .    a    a    a    a    .    a    .
unit:read                    .    gax  .    ux   ux   ax   ax   ax   ax   ax   ax   x
category:read                ax   gax  ax   ux   ux   ax   ax   ax   ax   ax   ax   x
standard:read                .    gax  .    ux   ux   ax   ax   ax   ax   .    ax   x
standard:publish             .    .    .    .    .    .    .    .    a    .    .    x
standard:map_units           .    .    .    .    .    .    .    .    a    .    .    x
calendar:publish             .    .    .    .    .    .    .    .    a    .    .    x
emergency:start              .    .    .    .    .    .    .    a    .    .    .    x
past:import                  .    .    .    .    .    .    .    .    a    .    .    x
rules:explain                .    ga   .    .    .    ax   ax   ax   ax   .    .    .
rules:read                   .    .    .    .    .    ax   ax   ax   ax   .    ax   x
rules:try                    .    .    .    .    .    ax   ax   .    ax   .    .    .
rules:dry_run                .    .    .    .    .    .    a    a    a    .    .    x
rules:publish                .    .    .    .    .    .    .    .    a    .    .    x

household:find               .    .    .    .    .    a    a    a    .    a    .    x
household:read               .    ga   o    .    .    a    a    a    .    a    .    x
household:read_history       .    .    o    .    .    a    a    a    .    .    .    x
household:read_people        .    .    o    .    .    .    .    .    .    .    .    .
household:keep_people        .    .    o    .    .    .    .    .    .    .    .    x
household:reveal_number      .    .    o    .    .    .    .    .    .    .    .    .
household:read_reveals       .    .    o    .    .    .    .    a    .    .    a    .
household:list_reveals       .    .    .    .    .    .    .    a    .    .    a    .
household:register           .    .    .    .    .    .    a    .    a    .    .    x
household:end                .    .    .    .    .    a    a    .    .    .    .    x
household:erase              .    .    .    .    .    .    .    .    .    a    .    x
tie:read                     .    .    .    .    .    a    a    a    .    .    .    x
tie:change                   .    .    .    .    .    a    a    .    .    .    .    x
visit:due_list               .    .    o    .    .    .    .    .    .    .    .    .
visit:record                 .    .    o    .    .    .    .    .    .    .    .    .
visit:read_figures           .    .    .    .    .    a    a    a    .    .    a    x
visit:read_overdue           .    .    .    .    .    a    a    a    .    .    .    x
visit:read_liaison           .    .    .    .    .    .    a    a    .    .    .    .
people:read                  .    .    .    .    u    .    .    .    a    a    a    .
people:read_phone            o    o    o    o    o    o    o    o    a    .    .    .
people:add                   .    .    .    .    .    .    .    .    a    .    .    x
people:correct               .    .    .    .    .    .    .    .    a    .    .    x
people:import                .    .    .    .    .    .    .    .    a    a    .    .
people:invite                .    .    .    .    .    .    .    .    a    .    .    x
people:invite_staff          .    .    .    .    .    .    .    .    .    a    .    x
people:disable               .    .    .    .    .    .    .    .    a    a    .    .
people:enable                .    .    .    .    .    .    .    .    .    a    .    .
people:erase                 .    .    .    .    .    .    .    .    .    a    .    x
report:erase                 .    .    .    .    .    .    .    .    .    a    .    x
grant:read                   o    o    o    o    o    o    o    o    a    a    a    .
grant:give                   .    .    .    .    .    .    .    .    .    a    .    x
grant:give_public            .    .    .    .    .    .    .    .    a    a    .    x
grant:end                    .    .    .    .    .    .    .    .    .    a    .    .
session:end                  o    o    o    o    o    o    o    o    o    oa   o    .
password:set                 o    o    o    o    o    o    o    o    o    o    o    x
second_step:set              o    o    o    o    o    o    o    o    o    o    o    .
second_step:take_off         .    .    .    .    .    .    .    .    .    a    .    x
safety:read                  .    .    .    .    .    .    .    .    a    a    a    .
safety:change                .    .    .    .    .    .    .    .    .    a    .    .
register:read                .    .    .    .    .    a    a    a    .    .    .    .
street_form:read             .    .    .    .    .    ax   ax   ax   ax   .    .    .
street_form:keep             .    .    .    .    .    .    a    a    a    .    .    .
contact_card:print           .    ga   a    .    .    a    a    .    .    .    .    .
certificate:read_own         o    o    o    o    o    o    o    .    .    .    .    .
patrol:switch                .    .    .    .    .    .    .    a    .    .    .    .
patrol:walk                  o    o    .    .    .    .    .    .    .    .    .    .
patrol:read                  o    o    .    .    .    a    a    a    .    .    .    .
patrol:read_track            o    o    .    .    .    .    a    a    .    .    .    .
patrol:read_coverage         .    .    .    .    .    a    a    a    .    .    a    .
patrol:export                .    .    .    .    .    .    a    a    .    .    .    .
patrol:read_hours            .    .    .    .    .    .    a    a    .    .    .    .
patrol_plan:read             .    a    .    .    .    ax   ax   ax   .    .    ax   .
patrol_plan:keep             .    .    .    .    .    a    a    a    .    .    .    .
statement:read               .    .    .    .    u    .    .    a    .    .    a    .
statement:object             .    .    .    .    u    .    .    .    .    .    .    .
statement:object_for         .    .    .    .    .    .    .    a    .    .    .    .
statement:decide             .    .    .    .    .    .    .    a    .    .    .    .
publication:read             .    .    .    .    ux   ax   ax   ax   .    .    ax   .
publication:publish          .    .    .    .    .    .    .    a    .    .    .    .
webhook:read                 .    .    .    .    .    .    .    .    a    .    a    .
webhook:change               .    .    .    .    .    .    .    .    a    .    .    .
delivery:read                .    .    .    .    .    .    .    a    a    .    a    .
delivery:try_again           .    .    .    .    .    .    .    .    a    .    .    .
disclosure:read_own          o    o    o    o    o    o    o    o    o    o    o    .
audit:read                   .    .    .    .    .    .    .    .    .    .    a    .
"""
