<?php
/**
 * Plugin Name: Desirepath for WooCommerce
 * Description: Page views, clicks and shop events for your own Desirepath collector.
 * Version: 0.1.0
 * Requires Plugins: woocommerce
 *
 * Save as wp-content/plugins/desirepath/desirepath.php, and set the collector and the site in wp-config.php:
 * define('DESIREPATH_COLLECTOR', 'https://collector.example'); define('DESIREPATH_SITE', 'demo');
 */

defined('ABSPATH') || exit;

/** A name as a person reads it: WordPress keeps `&` as `&amp;`, in names of categories always. */
function desirepath_text($name) {
    return html_entity_decode($name, ENT_QUOTES | ENT_HTML5, 'UTF-8');
}

/** A product in GA4's fields. */
function desirepath_item($product, $quantity = null) {
    $parent = $product->get_parent_id();
    $terms = get_the_terms($parent ? $parent : $product->get_id(), 'product_cat');
    $item = array(
        'item_id' => (string) ($parent ? $parent : $product->get_id()),
        'item_name' => desirepath_text($product->get_name()),
        'price' => (float) wc_get_price_to_display($product),
    );
    if (is_array($terms) && $terms) {
        $item['item_category'] = desirepath_text($terms[0]->name);
    }
    if ($quantity !== null) {
        $item['quantity'] = (int) $quantity;
    }
    return $item;
}

/** An event about products; its value is the sum of price × quantity. */
function desirepath_event($name, $items, $params = array()) {
    $value = 0;
    foreach ($items as $item) {
        $value += $item['price'] * (isset($item['quantity']) ? $item['quantity'] : 1);
    }
    $shop = array('currency' => get_woocommerce_currency(), 'value' => round($value, 2), 'items' => $items);
    return array('name' => $name, 'params' => array_merge($shop, $params));
}

function desirepath_cart_items() {
    $items = array();
    foreach (WC()->cart->get_cart() as $line) {
        $items[] = desirepath_item($line['data'], $line['quantity']);
    }
    return $items;
}

/** The order of the thank-you page. */
function desirepath_order() {
    global $wp;
    $id = isset($wp->query_vars['order-received']) ? absint($wp->query_vars['order-received']) : 0;
    $order = $id ? wc_get_order($id) : false;
    $key = isset($_GET['key']) ? sanitize_text_field(wp_unslash($_GET['key'])) : '';
    return $order && $order->key_is_valid($key) ? $order : null;
}

/** What the present page shows, as events. */
function desirepath_events() {
    if (is_product()) {
        return array(desirepath_event('view_item', array(desirepath_item(wc_get_product(get_the_ID())))));
    }
    if (is_wc_endpoint_url('order-received')) {
        $order = desirepath_order();
        if (!$order) {
            return array();
        }
        $items = array();
        foreach ($order->get_items() as $line) {
            if ($line->get_product()) {
                $items[] = desirepath_item($line->get_product(), $line->get_quantity());
            }
        }
        return array(desirepath_event('purchase', $items, array(
            'transaction_id' => (string) $order->get_order_number(),
            'currency' => $order->get_currency(),
            'value' => round((float) $order->get_subtotal() - (float) $order->get_discount_total(), 2),
            'shipping' => (float) $order->get_shipping_total(),
            'tax' => (float) $order->get_total_tax(),
            'coupon' => implode(', ', $order->get_coupon_codes()),
        )));
    }
    if (is_checkout()) {
        return array(desirepath_event('begin_checkout', desirepath_cart_items()));
    }
    if (is_cart()) {
        return array(desirepath_event('view_cart', desirepath_cart_items()));
    }
    if (is_search()) {
        global $wp_query;
        return array(array('name' => 'view_search_results', 'params' => array(
            'search_term' => get_search_query(false),
            'results' => (int) $wp_query->found_posts,
        )));
    }
    if (is_404()) {
        return array(array('name' => 'not_found', 'params' => (object) array()));
    }
    return array();
}

add_action('wp_head', function () {
    if (!defined('DESIREPATH_COLLECTOR') || !defined('DESIREPATH_SITE') || !function_exists('WC')) {
        return;
    }
    $collector = untrailingslashit(DESIREPATH_COLLECTOR);
    printf(
        '<script async src="%1$s/sdk/desirepath.js" data-endpoint="%1$s/v1/batch" data-site="%2$s"></script>' . "\n",
        esc_url($collector),
        esc_attr(DESIREPATH_SITE)
    );
    printf('<script defer src="%s/sdk/adapters/storefront.js"></script>' . "\n", esc_url($collector));
    printf(
        '<script type="application/json" data-dp-events>%s</script>' . "\n",
        wp_json_encode(desirepath_events(), JSON_HEX_TAG | JSON_UNESCAPED_SLASHES)
    );
});

/** The buttons in lists of products carry the whole product, so that added_to_cart can tell what was added. */
add_filter('woocommerce_loop_add_to_cart_args', function ($args, $product) {
    $item = desirepath_item($product) + array('currency' => get_woocommerce_currency());
    $args['attributes']['data-dp-product'] = wp_json_encode($item);
    return $args;
}, 10, 2);

/** So do the links that take a line out of the small cart, for removed_from_cart, with the line's quantity. */
add_filter('woocommerce_cart_item_remove_link', function ($link, $key) {
    $line = WC()->cart->get_cart_item($key);
    if (!$line) {
        return $link;
    }
    $item = desirepath_item($line['data']) + array('currency' => get_woocommerce_currency());
    $attributes = sprintf(
        '<a data-dp-product="%s" data-quantity="%d" ',
        esc_attr(wp_json_encode($item)),
        $line['quantity']
    );
    return preg_replace_callback('/<a\s/', function () use ($attributes) {
        return $attributes;
    }, $link, 1);
}, 10, 2);
