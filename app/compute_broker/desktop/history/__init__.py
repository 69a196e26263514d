"""Everything that was asked: searched, filtered, read again, asked again, rated, deleted, exported."""
