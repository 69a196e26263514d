"""The glance panel: today's spend, what was saved, every tier with its switch, and where the month goes."""
