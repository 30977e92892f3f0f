/** The page at `/`. */
import "@fontsource-variable/hanken-grotesk";
import "./style.css";
import "./reports.css";
import "./app";
