<?php
/**
 * A page of a WooCommerce shop, as the plugin makes it: php shop.php PLUGIN CONFIG PAGE. CONFIG is what the shop's owner
 * adds to wp-config.php.
 *
 * The functions of WordPress and WooCommerce that the plugin calls answer here what their documentation says, for a shop
 * of three products, one cart and one order.
 */

error_reporting(E_ALL);
// A warning of PHP's is a fault of the plugin's.
set_error_handler(function ($level, $message, $file, $line) {
    throw new ErrorException($message, 0, $level, $file, $line);
});
define('ABSPATH', __DIR__ . '/');
list(, $plugin, $config, $page) = $argv;

class Product {
    private $id, $name, $price, $parent;
    function __construct($id, $name, $price, $parent = 0) {
        $this->id = $id;
        $this->name = $name;
        $this->price = $price;
        $this->parent = $parent;
    }
    function get_id() { return $this->id; }
    function get_name() { return $this->name; }
    function get_parent_id() { return $this->parent; }
    function display_price() { return $this->price; }
}

class Line {
    private $product, $quantity;
    function __construct($product, $quantity) {
        $this->product = $product;
        $this->quantity = $quantity;
    }
    /** False where the product has been deleted since. */
    function get_product() { return $this->product; }
    function get_quantity() { return $this->quantity; }
}

class Order {
    function key_is_valid($key) { return hash_equals('wc_order_k5', $key); }
    function get_items() { return array(new Line(products()[17], 2), new Line(false, 1), new Line(products()[21], 1)); }
    function get_order_number() { return '1005'; }
    function get_currency() { return 'EUR'; }
    function get_subtotal() { return 92.08; }
    function get_discount_total() { return '10.00'; }
    function get_shipping_total() { return '4.90'; }
    function get_total_tax() { return '13.11'; }
    function get_coupon_codes() { return array('may', 'friends'); }
}

class Cart {
    function get_cart() {
        return array(
            'k17' => array('data' => products()[17], 'quantity' => 2),
            'k21' => array('data' => products()[21], 'quantity' => 1),
        );
    }
    /** An empty list where there is no such line. */
    function get_cart_item($key) { return isset($this->get_cart()[$key]) ? $this->get_cart()[$key] : array(); }
}

class WooCommerce {
    public $cart;
    function __construct() { $this->cart = new Cart(); }
}

/** A variation is named by its parent and its attributes. */
function products() {
    return array(
        17 => new Product(17, 'Bench "Oak" </script>', '35.79'),
        18 => new Product(18, 'Lamp & shade', '20.50'),
        21 => new Product(21, 'Pot - red', '20.50', 20),
    );
}

function WC() { return new WooCommerce(); }
function wc_get_product($id) { return products()[$id]; }
function wc_get_order($id) { return $id === 5 ? new Order() : false; }
function wc_get_price_to_display($product) { return (float) $product->display_price(); }
function get_woocommerce_currency() { return 'EUR'; }
function get_the_ID() { return 17; }
/** False where there are none. Names are kept as HTML. */
function get_the_terms($post, $taxonomy) {
    $names = $taxonomy === 'product_cat' ? array(17 => 'Garden &amp; more', 20 => 'Pots') : array();
    return isset($names[$post]) ? array((object) array('name' => $names[$post])) : false;
}
function get_search_query($escaped = true) { return $escaped ? esc_attr('red & blue') : 'red & blue'; }

function is_product() { global $page; return $page === 'product'; }
function is_cart() { global $page; return $page === 'cart'; }
/** Also on the page that thanks for an order. */
function is_checkout() { global $page; return in_array($page, array('checkout', 'thanks', 'pried'), true); }
function is_wc_endpoint_url($endpoint) { global $page; return $endpoint === 'order-received' && in_array($page, array('thanks', 'pried'), true); }
function is_search() { global $page; return $page === 'search'; }
function is_404() { global $page; return $page === 'missing'; }

function absint($number) { return abs((int) $number); }
function wp_unslash($text) { return stripslashes($text); }
function sanitize_text_field($text) { return trim(strip_tags($text)); }
function untrailingslashit($text) { return rtrim($text, '/\\'); }
function esc_attr($text) { return htmlspecialchars($text, ENT_QUOTES); }
function esc_url($url) { return str_replace(array('&', "'"), array('&#038;', '&#039;'), $url); }
function wp_json_encode($value, $flags = 0) { return json_encode($value, $flags); }
function wc_implode_html_attributes($attributes) {
    $written = array();
    foreach ($attributes as $name => $value) {
        $written[] = esc_attr($name) . '="' . esc_attr($value) . '"';
    }
    return implode(' ', $written);
}

$hooks = array();
function add_filter($hook, $call, $priority = 10, $n_arguments = 1) {
    global $hooks;
    $hooks[$hook][] = array($call, $n_arguments);
}
function add_action($hook, $call) { add_filter($hook, $call); }
function apply_filters($hook, $value, ...$more) {
    global $hooks;
    foreach ($hooks[$hook] as list($call, $n_arguments)) {
        $value = $call(...array_slice(array($value, ...$more), 0, $n_arguments));
    }
    return $value;
}

$wp = (object) array('query_vars' => is_wc_endpoint_url('order-received') ? array('order-received' => '5') : array());
$wp_query = (object) array('found_posts' => 3);
$_GET = $page === 'thanks' ? array('key' => 'wc_order_k5') : array('key' => 'guessed');
require $config;
require $plugin;

echo "<!doctype html><title>Shop</title>\n";
apply_filters('wp_head', '');
if (is_product()) {
    // As in WooCommerce's templates single-product/add-to-cart/simple.php, loop/add-to-cart.php and cart/mini-cart.php.
    echo '<form class="cart" method="post" action="about:blank" target="basket"><input name="quantity" type="number" value="2">';
    echo '<button type="submit" name="add-to-cart" value="17">Add to cart</button></form><iframe name="basket" title="Basket"></iframe>';
    $arguments = array('attributes' => array('data-product_id' => 18, 'data-product_sku' => 'S-18'));
    $arguments = apply_filters('woocommerce_loop_add_to_cart_args', $arguments, products()[18]);
    $attributes = wc_implode_html_attributes($arguments['attributes']);
    echo "<a id=related data-quantity=1 class='button add_to_cart_button ajax_add_to_cart' $attributes>Add</a>";
    // A button of a theme's own, which the plugin does not see.
    echo '<a id=plain class=add_to_cart_button data-quantity=3 data-product_id=19 data-product_sku="">Add</a>';
    foreach (array('k17', 'gone') as $key) {
        $link = '<a href="#" class="remove remove_from_cart_button" data-product_id="17" data-cart_item_key="' . $key . '">&times;</a>';
        echo apply_filters('woocommerce_cart_item_remove_link', $link, $key);
    }
}
