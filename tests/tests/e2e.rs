//! End-to-end tests: real browsers, the real collector, the shop and the dashboard as they are shipped.
//!
//! Nothing here looks inside. A test does what a person does, and then looks at what the collector gives back and at
//! what the page shows. Each runs in every engine of `DESIREPATH_BROWSERS`; `cargo xtask test` sets the variables.

mod accessibility;
mod acting;
mod adapters;
mod archives;
mod capture;
mod capture_more;
mod checks;
mod commerce;
mod dashboard;
mod dashboard_reports;
mod delivery;
mod docs;
mod embedding;
mod files;
mod first_batch;
mod harness;
mod hostile;
mod identity;
mod integrity;
mod journey;
mod killed;
mod losing;
mod measures;
mod npm;
mod npm_analyzer;
mod privacy;
mod shopify;
mod storing;
mod theme;
mod woocommerce;
mod workers;

use harness::Engine;

/// Makes one test an engine of each function: `chromium::buys`, `firefox::buys`, …
macro_rules! in_every_engine {
    ($($module:ident::$test:ident,)*) => {
        in_every_engine!(@engine chromium Chromium $($module::$test,)*);
        in_every_engine!(@engine firefox Firefox $($module::$test,)*);
        in_every_engine!(@engine webkit WebKit $($module::$test,)*);
    };
    (@engine $engine:ident $variant:ident $($module:ident::$test:ident,)*) => {
        mod $engine {
            $(#[test] fn $test() {
                super::harness::run(super::Engine::$variant, stringify!($test), &super::$module::$test);
            })*
        }
    };
}

in_every_engine! {
    capture::buying_makes_exactly_these_events,
    capture::leaving_at_shipping_makes_exactly_these_events,
    capture::a_single_page_app_makes_the_same_events,
    capture::a_data_layer_makes_the_same_events,
    capture::a_failed_payment_and_a_wish_are_told,
    capture::a_second_tag_changes_nothing,
    capture::a_visitor_who_refuses_is_not_tracked,
    capture::what_is_marked_is_not_noticed,
    capture_more::ways_out_are_told,
    capture_more::forms_are_told_by_name,
    capture_more::searches_and_missing_pages_are_told,
    capture_more::trouble_is_told,
    capture_more::products_in_view_are_told_once,
    capture_more::attention_is_told,
    measures::vitals_are_told_where_they_are_measured,
    measures::a_restored_page_is_a_view_with_vitals,
    measures::errors_are_told_in_groups,
    measures::views_are_as_fine_as_asked_for,
    measures::a_prepared_page_is_told_when_it_is_shown,
    measures::what_is_switched_off_is_not_told,
    delivery::a_tab_closed_after_the_last_click_loses_nothing,
    delivery::a_killed_collector_loses_nothing,
    delivery::a_page_without_wasm_still_tells,
    delivery::a_page_whose_wasm_hangs_still_tells,
    delivery::a_page_without_wasm_tells_its_user,
    docs::every_snippet_does_what_it_says,
    storing::failures_are_tried_again,
    storing::a_tab_closed_while_the_collector_is_away_loses_nothing,
    storing::an_answer_that_was_lost_doubles_nothing,
    first_batch::a_page_left_shortly_after_its_view_is_counted,
    first_batch::a_page_on_which_nothing_happens_makes_two_requests,
    first_batch::a_pointer_that_leaves_the_page_sends_what_waits,
    losing::a_module_that_traps_gives_way_at_once,
    losing::without_storage_events_arrive,
    losing::what_happens_offline_is_delivered_online,
    losing::a_page_without_room_to_store_delivers,
    losing::what_is_lost_without_storage_is_told,
    storing::ten_tabs_deliver_each_event_once,
    storing::a_duplicated_tab_is_another_tab,
    storing::a_page_that_returns_repeats_no_number,
    storing::a_sample_says_its_rate,
    storing::a_runaway_loop_is_cut_and_counted,
    storing::in_local_mode_nothing_leaves,
    checks::a_tracker_that_is_not_right_is_explained,
    checks::a_collector_out_of_reach_is_explained,
    checks::a_secure_page_needs_a_secure_collector,
    checks::settings_that_keep_events_back_are_explained,
    checks::the_console_shows_what_happens,
    privacy::before_a_yes_nothing_is_kept_or_sent,
    privacy::after_a_no_nothing_remains,
    privacy::signals_of_the_browser_are_a_no,
    privacy::cookieless_counts_and_keeps_nothing,
    privacy::the_shop_changes_and_refuses_events,
    privacy::a_visitor_sees_and_erases_what_is_kept,
    identity::the_source_outlasts_a_payment_elsewhere,
    identity::a_link_to_another_domain_keeps_the_visitor,
    identity::accounts_exposures_and_surveys_are_told,
    commerce::an_order_is_one_purchase_in_all_tabs,
    commerce::a_pending_purchase_is_confirmed_or_told_to_have_failed,
    acting::views_of_one_product_are_counted_over_pages,
    acting::an_idle_cart_and_a_visitor_who_leaves_are_noticed,
    acting::the_shop_reminds_and_tells_what_was_seen,
    adapters::what_segment_is_told_arrives_whole,
    adapters::what_snowplow_is_told_arrives_whole,
    shopify::a_pixel_tells_the_checkout_of_the_themes_visitor,
    shopify::a_pixel_alone_tells_everything_after_a_yes,
    theme::the_snippet_of_a_theme_tells_its_page,
    woocommerce::the_plugin_tells_its_pages,
    integrity::an_import_map_may_name_a_hash,
    integrity::what_was_changed_on_its_way_does_not_run,
    killed::a_killed_browser_loses_nothing_that_was_kept,
    npm::what_the_docs_say_in_typescript_works,
    npm::a_bundle_tells_what_the_tag_would,
    npm_analyzer::an_app_bundles_it,
    hostile::replaced_globals_change_nothing,
    hostile::globals_that_throw_reach_nobody,
    hostile::a_broken_fetch_loses_nothing,
    hostile::hostile_arguments_are_refused_and_counted,
    hostile::a_loop_of_calls_is_counted_from_the_first,
    hostile::a_form_may_hide_its_own_properties,
    hostile::a_strict_policy_leaves_the_fallback,
    embedding::every_snippet_shows_what_it_says,
    dashboard::the_funnel_is_that_of_the_export,
    dashboard::a_walk_appears_by_itself,
    dashboard::a_collector_with_a_read_token_is_read_with_it,
    dashboard::a_csv_file_opens_with_a_mapping,
    dashboard::a_known_format_needs_no_mapping,
    dashboard::a_parquet_file_opens,
    files::an_arrow_file_opens,
    archives::packed_files_in_a_row_are_one,
    archives::the_files_of_an_archive_open,
    archives::an_archive_at_an_address_opens,
    files::a_packed_file_opens,
    files::a_text_of_another_encoding_opens,
    files::orders_need_no_column_for_what_happened,
    dashboard::an_element_on_another_page_shows_the_same,
    dashboard_reports::a_funnel_has_its_options_in_the_address,
    dashboard_reports::a_report_stands_beside_any_other_part,
    dashboard_reports::paths_are_shown_in_four_ways,
    dashboard_reports::carts_and_friction_are_told,
    dashboard_reports::reports_fit_a_narrow_page,
    dashboard_reports::every_element_stands_on_another_page,
    accessibility::reports_keep_the_rules_of_accessibility,
    accessibility::forms_and_the_shop_keep_the_rules_of_accessibility,
    workers::several_workers_say_what_one_says,
    workers::a_worker_that_dies_is_told,
    workers::live_data_grows_to_what_all_of_it_gives,
    workers::a_click_in_the_shop_moves_a_number,
    workers::days_begin_where_the_zone_has_them,
    workers::times_are_those_of_the_zone_that_is_said,
}
