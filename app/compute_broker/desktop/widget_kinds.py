"""Qt's kinds of widgets, made known to Python ahead of their first use.

PySide makes a class known when it is first named. Asked for a widget that Qt made itself, such as the
viewport of a list, it names all of them in order to find its kind: that held the loop for 20 ms, once. Read
in a thread, this module has it done there. It takes 1.6 MB, which an idle program can do without.
"""

from __future__ import annotations

from PySide6 import QtWidgets

KINDS = """
    QAbstractButton QAbstractItemView QAbstractScrollArea QAbstractSlider QAbstractSpinBox QCalendarWidget
    QCheckBox QColorDialog QColumnView QComboBox QCommandLinkButton QDateEdit QDateTimeEdit QDial QDialog
    QDialogButtonBox QDockWidget QDoubleSpinBox QErrorMessage QFileDialog QFocusFrame QFontComboBox
    QFontDialog QFrame QGraphicsView QGroupBox QHeaderView QInputDialog QKeySequenceEdit QLCDNumber QLabel
    QLineEdit QListView QListWidget QMainWindow QMdiArea QMdiSubWindow QMenu QMenuBar QMessageBox
    QPlainTextEdit QProgressBar QProgressDialog QPushButton QRadioButton QRhiWidget QRubberBand
    QScrollArea QScrollBar QSizeGrip QSlider QSpinBox QSplashScreen QSplitter QSplitterHandle
    QStackedWidget QStatusBar QTabBar QTabWidget QTableView QTableWidget QTextBrowser QTextEdit QTimeEdit
    QToolBar QToolBox QToolButton QTreeView QTreeWidget QUndoView QWizard QWizardPage
""".split()  # noqa: SIM905 - a paragraph, where a list would be a page
"""All widgets of QtWidgets; one that a later version adds costs a third of a millisecond at its time."""

for _name in KINDS:
    getattr(QtWidgets, _name, None)
